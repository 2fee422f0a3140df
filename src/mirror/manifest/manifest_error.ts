import { dirname } from "node:path";
import { LocalFileError, NoSpaceError } from "../../base/mod.ts";
import { fileError, unlessAbsent, writeAllSync } from "../../files/mod.ts";
import { MirrorDamagedError } from "../errors.ts";
import { assertRegularFile } from "./assert_regular_file.ts";
import { fileIdOf, openDatabases } from "./open_databases.ts";

/**
 * What SQLite says of a damaged file, and of a full disk: the texts of
 * https://sqlite.org/c3ref/errcode.html. Not every error bears its number.
 */
const DAMAGED =
  /file is not a database|database disk image is malformed|no such (table|column)/;
const FULL = /database or disk is full/;

/** Turns SQLite's errors into the project's own. */
export function guard<T>(
  path: string,
  action: () => T,
  reasonOf: (said: string) => unknown = () => undefined,
): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    // A number that JavaScript does not have: none was ever written.
    if (error.code === "ERR_OUT_OF_RANGE") {
      throw unreadable(path, error.message, error);
    }
    if (error.code !== "ERR_SQLITE_ERROR") throw error;
    if (DAMAGED.test(error.message)) {
      throw unreadable(path, error.message, error);
    }
    if (FULL.test(error.message)) {
      throw new NoSpaceError(
        `Cannot write manifest '${path}': the disk is full`,
        { cause: error },
      );
    }
    throw reasonOf(error.message) ?? new LocalFileError(
      `Cannot use manifest '${path}': ${error.message}`,
      { cause: error },
    );
  }
}

/** The same for the writer, which may probe the file system for the cause. */
export function guardWriter<T>(path: string, action: () => T): T {
  return guard(path, action, (said) => reasonOf(path, said));
}

/** SQLite does not say why it failed; the system does, for the same file and a probe beside it. */
function reasonOf(path: string, said: string): unknown {
  const probe = `${path}.${crypto.randomUUID()}.probe`;
  try {
    assertRegularFile(path);
    // Closing it would release its locks; a file that is read-only has none to lose.
    const isLocked = openDatabases.has(fileIdOf(path) ?? "") &&
      !said.includes("readonly");
    if (!isLocked) openToWrite(path);
    // SQLite has several files open at once.
    using _one = Deno.openSync(dirname(path));
    using _two = Deno.openSync(dirname(path));
    using _three = Deno.openSync(dirname(path));
    using file = Deno.openSync(probe, { write: true, createNew: true });
    try {
      // The size of SQLite's index of the log.
      writeAllSync(file, new Uint8Array(64 * 1024));
    } finally {
      Deno.removeSync(probe);
    }
  } catch (error) {
    // A permission that the probe lacks does not explain SQLite's error.
    if (error instanceof Deno.errors.NotCapable) return undefined;
    return fileError("use manifest", path, error);
  }
}

function openToWrite(path: string): void {
  unlessAbsent(() => Deno.openSync(path, { write: true }).close());
}

/** The error of a manifest that is damaged. */
export function unreadable(path: string, said: string, cause?: Error): Error {
  return new MirrorDamagedError(
    `Cannot read manifest '${path}': it is damaged (${said}); a rebuild makes it anew from the files`,
    { reason: "unreadable", cause },
  );
}
