import { dirname } from "node:path";
import { runProgram, tryProgram } from "../support/program.ts";

/** The Python that has what tests/cluster/requirements.txt names. */
const PYTHON = Deno.env.get("FLATBED_TEST_PYTHON") || "python3";

/** Whether a Python is there that has some modules. */
export function hasModules(...names: string[]): boolean {
  try {
    return new Deno.Command(PYTHON, {
      args: ["-c", `import ${names.join()}`],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false; // there is no such program
  }
}

/** Runs a script with arguments; returns what it prints. */
export function runPython(script: string, ...args: string[]): Promise<string> {
  return runProgram(PYTHON, ["-c", script, ...args]);
}

/** A program that a package of Python brought: beside Python, or on the PATH. */
export async function findTool(name: string): Promise<string | undefined> {
  const beside = PYTHON.includes("/") ? [`${dirname(PYTHON)}/${name}`] : [];
  for (const path of [...beside, name]) {
    try {
      const { code } = await tryProgram(path, ["--version"]);
      if (code === 0) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
