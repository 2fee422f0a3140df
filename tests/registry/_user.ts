import type { Outcome } from "../support/program.ts";
import { makeFolder } from "../support/folder.ts";
import {
  type ProgramOptions,
  runProgram,
  tryProgram,
} from "../support/program.ts";

/**
 * Somebody with an empty folder and an empty cache, whose JSR is the registry given. Only
 * npm packages that others have fetched are there already: there are many.
 */
export interface User extends AsyncDisposable {
  /** The folder, where all that they run runs. */
  readonly path: string;
  /** The variables that lead Deno to the registry and to their cache. */
  readonly env: Record<string, string>;
  /** Runs Deno; it must succeed. Returns what it prints. */
  deno(args: readonly string[], env?: Record<string, string>): Promise<string>;
  /** Runs a script; it must succeed. Returns what it prints. */
  script(
    source: string,
    permissions: readonly string[],
    env?: Record<string, string>,
  ): Promise<string>;
  /** Runs Deno, whatever comes of it. */
  tryDeno(args: readonly string[]): Promise<Outcome>;
}

/** Makes a user of a registry. */
export async function makeUser(
  { url, npmCache }: { url: string; npmCache: string },
): Promise<User> {
  const folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/cache`);
  await Deno.symlink(npmCache, `${folder.path}/cache/npm`, {
    type: "junction",
  });
  const env = { JSR_URL: url, DENO_DIR: `${folder.path}/cache` };
  const options: ProgramOptions = { cwd: folder.path, env };
  const deno: User["deno"] = (args, more = {}) =>
    runProgram(Deno.execPath(), args, {
      ...options,
      env: { ...env, ...more },
    });
  return {
    path: folder.path,
    env,
    deno,
    async script(source, permissions, more) {
      await Deno.writeTextFile(`${folder.path}/script.ts`, source);
      const args = ["run", "--no-prompt", ...permissions, "script.ts"];
      return (await deno(args, more)).trimEnd();
    },
    tryDeno: (args) => tryProgram(Deno.execPath(), args, options),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** An npm registry where nobody answers. */
export function noNpm(): Record<string, string> {
  // Nothing listens on a port that has just been closed.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const url = `http://127.0.0.1:${port}/`;
  return { NPM_CONFIG_REGISTRY: url, npm_config_registry: url };
}
