import { messageOf } from "./arguments.ts";
import {
  type Configuration,
  CONFIGURATION_FILE,
  parseConfiguration,
} from "./configuration.ts";
import { SetupError } from "./usage.ts";

/** A configuration and its file. */
export interface FoundConfiguration {
  path: string;
  configuration: Configuration;
}

/**
 * Reads the given file, or `flatbed.json` in the current folder if there is one and
 * permissions allow to read it.
 *
 * @throws {UsageError} If the file cannot be read, or is not a configuration.
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

/** Whether a path may be read without a permission prompt. */
export function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}
