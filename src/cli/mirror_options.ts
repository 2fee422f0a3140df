import { type Command, InvalidArgumentError, Option } from "commander";

/** The folder of a mirror where none is named. */
export const DEFAULT_FOLDER = "./flatbed-data";

/** Asserts that there is a mirror in a folder. */
export async function assertMirror(folder: string): Promise<void> {
  try {
    await Deno.stat(`${folder}/.flatbed`);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new NoMirrorError(
      `There is no mirror in ${folder}: 'flatbed sync' makes one, and 'flatbed verify --rebuild' one of files that are there`,
    );
  }
}

/** Asserts that a folder is there. */
export async function assertFolder(folder: string): Promise<void> {
  try {
    await Deno.stat(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new NoMirrorError(`There is no folder ${folder}`);
  }
}

/** There is no mirror in a folder: no wrong usage, but nothing to tell either. */
class NoMirrorError extends Error {
  override name = "NoMirrorError";
}

/** Gives a command the option that names a mirror's folder. */
export function addFolderOption(command: Command): Command {
  return command.addOption(
    new Option("--out <dir>", "the mirror's folder").default(DEFAULT_FOLDER)
      .argParser(parseFolder),
  );
}

function parseFolder(value: string): string {
  if (value === "~" || value.startsWith("~/")) {
    throw new InvalidArgumentError(
      "~ is known to a shell only, and not behind a =: write the path out.",
    );
  }
  return value;
}

/** Reads a number of bytes a second, as 500k, 20M or 1G: thousands, millions, milliards. */
export function parseRate(value: string): number {
  const match = /^(\d+(?:\.\d+)?)([kKmMgG]?)(?:B(?:\/s)?)?$/.exec(value);
  const [, number = "", unit = ""] = match ?? [];
  const factor = { "": 1, k: 1e3, m: 1e6, g: 1e9 }[unit.toLowerCase()] ?? 0;
  const rate = Math.round(Number(number) * factor);
  if (match === null || rate < 1) {
    throw new InvalidArgumentError(
      "Bytes a second are wanted, as 500k, 20M or 1G.",
    );
  }
  return rate;
}
