import { messageOf } from "./arguments.ts";
import {
  type Configuration,
  CONFIGURATION_FILE,
  parseConfiguration,
} from "./configuration.ts";
import { SetupError } from "./usage.ts";

/** A configuration, and the file that holds it. */
export interface FoundConfiguration {
  path: string;
  configuration: Configuration;
}

/**
 * Reads the file that is named, or else `flatbed.json` in the current folder, where
 * there is one and it may be read.
 *
 * @throws {UsageError} If the file cannot be read, or holds something else.
 */
export async function findConfiguration(
  file: string | undefined,
): Promise<FoundConfiguration | undefined> {
  const path = file ?? CONFIGURATION_FILE;
  if (file === undefined && !mayRead(path)) return undefined;
  let json: string;
  try {
    json = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (file === undefined && error instanceof Deno.errors.NotFound) {
      return undefined;
    }
    const { fileError } = await import("../files/mod.ts");
    throw new SetupError(messageOf(fileError("read", path, error)));
  }
  return { path, configuration: parseConfiguration(json, path) };
}

/** Asked first: a person would be asked otherwise, for a file that need not be there. */
export function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}
