import { LocalFileError } from "../../base/mod.ts";
import { unlessAbsent, withFileSync } from "../../files/mod.ts";
import { MirrorDamagedError } from "../errors.ts";

/**
 * Asserts that what lies at one of a manifest's paths is a regular file, if anything
 * does: opening a pipe waits until its other end is opened.
 *
 * @returns What is known of the file; `undefined` if there is none.
 * @throws {MirrorDamagedError} If it is a folder.
 * @throws {LocalFileError} If it is anything else, or cannot be looked up.
 */
export function assertRegularFile(path: string): Deno.FileInfo | undefined {
  const file = withFileSync(
    "read manifest",
    path,
    () => unlessAbsent(() => Deno.statSync(path)),
  );
  if (file === undefined || file.isFile) return file;
  throw file.isDirectory
    ? new MirrorDamagedError(
      `Cannot read manifest '${path}': it is a folder; a rebuild makes it anew from the files`,
      { reason: "unreadable" },
    )
    : new LocalFileError(
      `Cannot use manifest '${path}': it is not a regular file`,
    );
}
