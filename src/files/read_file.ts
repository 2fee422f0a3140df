import { ignoreAbsent } from "./absent.ts";
import { withFile } from "./file_errors.ts";
import { statFile } from "./file_identity.ts";

/**
 * Reads a regular file; `undefined` where there is none. A pipe is not opened: that waits
 * until its other end is.
 *
 * @throws {LocalFileError} If it cannot be read.
 */
export async function readFile(
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (statFile(path) === undefined) return undefined;
  return await withFile(
    "read",
    path,
    () => Deno.readFile(path).catch(ignoreAbsent),
  );
}
