import { fileURLToPath } from "node:url";
import { ask, findProgram, type FoundTool, type ToolName } from "./tools.ts";

/** The modules that programs are written with. */
const MODULES = ["aioboto3", "boto3", "duckdb", "polars", "rapidgzip"] as const;

/** Where the virtual environment is: in the user's cache, not in the checkout. */
export function venvFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ||
    `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${cache}/flatbed-bench/venv`;
}

/** Makes the virtual environment, or brings it up to date. */
export async function makeVenv(): Promise<void> {
  const python = await findProgram("python3");
  if (python === undefined) throw new Error("There is no python3 on the PATH");
  const folder = venvFolder();
  await run(python, ["-m", "venv", folder]);
  // All versions are in the file; `pip freeze` makes it anew after an `install -U aioboto3`.
  await run(`${folder}/bin/pip`, [
    ...["install", "--quiet", "--no-deps", "--requirement"],
    fileURLToPath(new URL("requirements.txt", import.meta.url)),
  ]);
}

async function run(path: string, args: string[]): Promise<void> {
  const { success } = await new Deno.Command(path, { args }).spawn().status;
  if (!success) throw new Error(`${path} ${args.join(" ")} failed`);
}

/** The Python of the virtual environment and its modules, where it was made. */
export async function findVenv(): Promise<
  { python: string; tools: Map<ToolName, FoundTool> } | undefined
> {
  const path = `${venvFolder()}/bin/python`;
  const file = await Deno.stat(path).catch(() => undefined);
  if (file === undefined) return undefined;
  const version = await ask(path, ["--version"]);
  const tools = new Map<ToolName, FoundTool>();
  for (const name of MODULES) {
    const own = await ask(path, [
      "-c",
      `import ${name}; print(${name}.__version__)`,
    ]);
    if (!/^\d/.test(own)) continue;
    tools.set(name, { path, version: `${name} ${own}, ${version}` });
  }
  return { python: path, tools };
}
