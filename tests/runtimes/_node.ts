import { runProgram, tryProgram } from "../support/program.ts";
import { lockedPackages } from "../support/npm_cache.ts";

/** npm's programs. */
const [NPM, NPX] = Deno.build.os === "windows"
  ? ["npm.cmd", "npx.cmd"] as const
  : ["npm", "npx"] as const;

/** The path of Node of a major version: this machine's, or the one that npm brings. */
export async function findNode(major: number): Promise<string | undefined> {
  const tell = ["-p", "process.versions.node + ' ' + process.execPath"];
  for (
    const [program, args] of [
      ["node", tell],
      [NPX, ["--yes", `--package=node@${major}`, "--", "node", ...tell]],
    ] as const
  ) {
    try {
      const { stdout } = await tryProgram(program, args);
      const [, version, path] = /^(\d+)\.\S+ (.+)$/m.exec(stdout) ?? [];
      if (Number(version) === major) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Installs a package of JSR into a folder, under the name that its users know it by. */
export async function installFromJsr(
  folder: string,
  name: string,
  npmUrl: string,
): Promise<void> {
  await Deno.writeTextFile(`${folder}/.npmrc`, `@jsr:registry=${npmUrl}\n`);
  // The versions of deno.lock: npm would take the newest ones.
  const overrides = Object.fromEntries(
    (await lockedPackages()).map(({ name, version }) => [name, version]),
  );
  await Deno.writeTextFile(
    `${folder}/package.json`,
    JSON.stringify({ type: "module", overrides }),
  );
  const npmName = `@jsr/${name.slice(1).replace("/", "__")}`;
  await runProgram(NPM, [
    ...["install", "--no-audit", "--no-fund", "--prefer-offline"],
    `${name}@npm:${npmName}`,
  ], { cwd: folder });
}
