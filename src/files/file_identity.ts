import { unlessAbsent } from "./absent.ts";
import { withFileSync } from "./file_errors.ts";

/**
 * Identifies one version of a file: it changes when the file is replaced or written to. It
 * is the same on all machines that share the folder, which number devices differently.
 */
export function fileIdentity({ ino, size, mtime }: Deno.FileInfo): string {
  return [ino, size, mtime?.getTime()].join(" ");
}

/** The {@linkcode fileIdentity} of the file at a path; `undefined` if there is none. */
export function identityOf(path: string): string | undefined {
  const file = statFile(path);
  return file && fileIdentity(file);
}

/**
 * Identifies a file on this machine, whatever is written to it; `undefined` if the
 * system numbers no files.
 */
export function fileId({ dev, ino }: Deno.FileInfo): string | undefined {
  return ino === null ? undefined : `${dev} ${ino}`;
}

/** Whether two names are of the same file. */
export function isSameFile(
  one: Deno.FileInfo,
  other: Deno.FileInfo | undefined,
): boolean {
  const id = fileId(one);
  return id !== undefined && other !== undefined && id === fileId(other);
}

/**
 * Stats a regular file; follows links. Synchronous, which is faster for many files.
 *
 * @returns `undefined` if there is nothing, or something else.
 * @throws {LocalFileError} If it cannot be read.
 */
export function statFile(path: string): Deno.FileInfo | undefined {
  const file = withFileSync(
    "read",
    path,
    () => unlessAbsent(() => Deno.statSync(path)),
  );
  return file?.isFile ? file : undefined;
}
