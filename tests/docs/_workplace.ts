/**
 * A folder in which the commands of the documents run as they are written: `flatbed`
 * and the tasks are those of this checkout, and scripts that import
 * `jsr:@flatbed/flatbed` get its modules.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { DemoServer } from "../../src/demo/mod.ts";
import {
  denoScript,
  environmentOf,
  LAUNCH,
  ownEnvironment,
  ROOT,
} from "../support/deno_command.ts";
import { importMapOf } from "../../tools/launch.ts";
import { makeFolder } from "../support/folder.ts";

/** Where the documents' shells and signals are not to be had. */
export const isWindows: boolean = Deno.build.os === "windows";

/** Whether a program is on the PATH. */
export function isProgramThere(name: string): boolean {
  if (isWindows) return false;
  return new Deno.Command("sh", {
    args: ["-c", `command -v ${name}`],
    stdout: "null",
  }).outputSync().success;
}

/** What a command has printed, to both of its outputs, and how it ended. */
export interface Printed {
  code: number;
  text: string;
}

/** A folder for a reader of the documents. */
export interface Workplace extends AsyncDisposable {
  /** The folder in which commands run. */
  readonly path: string;
  /** Runs a piece of shell script to its end. */
  run(script: string): Promise<Printed>;
  /** Runs it until a line of its output fits, ends it with SIGTERM, and waits for its end. */
  runUntil(script: string, line: RegExp): Promise<Printed>;
  /** Writes a file into the folder, as a program. */
  write(name: string, text: string): Promise<void>;
}

/** How long {@linkcode Workplace.runUntil} waits for its line, in milliseconds. */
const PATIENCE = 60_000;

/** The tasks of `deno.json`. */
export async function readTasks(): Promise<Record<string, string>> {
  const { tasks } = await readJson(fileURLToPath(new URL("deno.json", ROOT)));
  return Object.fromEntries(
    Object.entries<{ command: string }>(tasks)
      .map(([name, { command }]) => [name, command]),
  );
}

/** Makes a folder for a reader who asks a demo service, with `env` besides. */
export async function makeWorkplace(
  server: Pick<DemoServer, "url" | "credentials">,
  env: Record<string, string> = {},
): Promise<Workplace> {
  const folder = await makeFolder();
  const bin = `${folder.path}/bin`;
  const path = `${folder.path}/work`;
  await Deno.mkdir(bin);
  await Deno.mkdir(path);
  await writeProgram(`${bin}/flatbed`, flatbedProgram());
  await writeProgram(`${bin}/npx`, npxProgram(await readTasks()));
  const importMap = `${folder.path}/import_map.json`;
  await Deno.writeTextFile(importMap, await importMapText());
  await writeProgram(`${bin}/deno`, denoProgram(importMap));
  const start = (script: string) =>
    new Deno.Command("sh", {
      args: ["-e", "-c", `exec 2>&1\n${script}`],
      clearEnv: true,
      env: {
        ...ownEnvironment(),
        PATH: `${bin}:${Deno.env.get("PATH")}`,
        NO_COLOR: "1",
        ...environmentOf(server),
        ...env,
      },
      cwd: path,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    });
  return {
    path,
    async run(script) {
      const { code, stdout } = await start(script).output();
      return { code, text: new TextDecoder().decode(stdout) };
    },
    async runUntil(script, line) {
      // In the shell's place: a signal to it would not reach its child.
      const child = start(`exec ${script}`).spawn();
      let text = "";
      let isSaid = false;
      const deadline = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
      for await (
        const piece of child.stdout.pipeThrough(new TextDecoderStream())
      ) {
        text += piece;
        if (!isSaid && line.test(text)) {
          isSaid = true;
          child.kill("SIGTERM");
        }
      }
      clearTimeout(deadline);
      return { code: (await child.status).code, text };
    },
    write: (name, text) => writeProgram(`${path}/${name}`, text),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function writeProgram(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { mode: 0o755 });
}

const rootPath = fileURLToPath(ROOT);

/** Stands for what `deno install` or a compiled binary puts on the PATH. */
function flatbedProgram(): string {
  return `#!/bin/sh
exec ${
    denoScript(["run", "--allow-all", "--no-prompt", `${rootPath}cli.ts`])
  } "$@"
`;
}

/** Stands for `npx -y deno task`: the tasks of the checkout, in whatever folder they are called. */
function npxProgram(tasks: Record<string, string>): string {
  const cases = Object.entries(tasks).map(([name, command]) => {
    const own = command
      .replace(/^deno /, `'${Deno.execPath()}' `)
      .replaceAll(/(?<= )(tools\/\S+|bench\/\S+|cli\.ts)/g, `'${rootPath}$1'`);
    return `  ${name}) shift 4; exec ${own} "$@" ;;`;
  });
  return `#!/bin/sh
[ "$1 $2 $3" = "-y deno task" ] || { echo "npx $*: not known here"; exit 64; }
case $4 in
${cases.join("\n")}
esac
echo "deno.json has no task '$4'"
exit 64
`;
}

/** Deno, with the checkout's modules in the place of those that JSR would send. */
function denoProgram(importMap: string): string {
  return `#!/bin/sh
subcommand=$1
shift
case $subcommand in
  run) exec ${denoScript(["run"], { importMap })} "$@" ;;
  check) exec ${denoScript(["check"], { importMap })} "$@" ;;
esac
exec '${Deno.execPath()}' "$subcommand" "$@"
`;
}

async function importMapText(): Promise<string> {
  const { name, exports } = await readJson(`${rootPath}deno.json`);
  const importMap = importMapOf(LAUNCH);
  for (const [entry, file] of Object.entries<string>(exports)) {
    importMap.imports[`jsr:${name}${entry.slice(1)}`] =
      new URL(file, ROOT).href;
  }
  return JSON.stringify(importMap);
}

// deno-lint-ignore no-explicit-any -- whatever the file holds
async function readJson(path: string): Promise<any> {
  return JSON.parse(await Deno.readTextFile(path));
}
