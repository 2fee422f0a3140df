import { type Command, InvalidArgumentError, Option } from "commander";
import { isStandardOutput } from "./terminal.ts";

/** The default folder of a mirror. */
export const DEFAULT_FOLDER = "./flatbed-data";

/** Asserts that there is a mirror in a folder. */
export async function assertMirror(folder: string): Promise<void> {
  try {
    await Deno.stat(`${folder}/.flatbed`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      const { fileError } = await import("../files/mod.ts");
      throw fileError("look at mirror", folder, error);
    }
    const { noMirror } = await import("../mirror/mod.ts");
    throw noMirror(folder);
  }
}

/** Asserts that a folder exists. */
export async function assertFolder(folder: string): Promise<void> {
  try {
    await Deno.stat(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`There is no folder ${folder}`);
  }
}

/** Whether a mirror may be written to without a permission prompt. */
export async function mayWrite(folder: string): Promise<boolean> {
  const { state } = await Deno.permissions.query({
    name: "write",
    path: folder,
  });
  return state === "granted";
}

/** Adds `--out` to a command. */
export function addFolderOption(
  command: Command,
  description = "the mirror's folder",
  usual = DEFAULT_FOLDER,
): Command {
  return command.addOption(
    new Option("--out <dir>", description).default(usual)
      .argParser(parseFolder),
  );
}

function parseFolder(value: string): string {
  const problem = folderProblem(value);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return value;
}

/** Why a text is not a folder on this machine, if it looks like something else. */
export function folderProblem(value: string): string | undefined {
  if (value === "") return "Expected a folder, not an empty text";
  if (value === "~" || value.startsWith("~/")) {
    return "only a shell expands ~, and not after a =: write the full path";
  }
  if (isStandardOutput(value)) {
    return "Expected a folder; 'flatbed get --output -' writes a file to standard output";
  }
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(value) || /^s3:/i.test(value)
    ? "Expected a folder of this machine"
    : undefined;
}
