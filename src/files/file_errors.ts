import {
  FlatbedError,
  isNotCapable,
  LocalFileError,
  NoSpaceError,
} from "../base/mod.ts";

/** The meaning of Deno's errors by name: other runtimes have no such classes. */
const REASONS: Readonly<Record<string, string>> = {
  PermissionDenied: "permission denied",
  NotFound: "there is no such file or folder",
  IsADirectory: "it is a folder",
  NotADirectory: "a part of its path is a file",
  AlreadyExists: "something else is there already",
  FilesystemLoop: "its path leads in a circle",
};

/** The meaning of system error codes without a class in Deno. */
const REASONS_BY_CODE: Readonly<Record<string, string>> = {
  ENAMETOOLONG: "its name is too long",
  EROFS: "the file system is read-only",
  // From node: modules.
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of its path is a file",
  EMFILE: "too many files are open; 'ulimit -n' raises the limit",
  ENFILE: "too many files are open on this machine",
};

/**
 * Does something with a local file, and turns errors of the system into errors of this
 * project.
 *
 * @param doing What is done, as in "Cannot write".
 * @param path The file's path, for the message.
 * @param action Does it.
 * @returns What the action resolves to.
 * @throws {NoSpaceError} If the disk is full.
 * @throws {LocalFileError} If anything else is wrong.
 */
export async function withFile<T>(
  doing: string,
  path: string,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(doing, path, error);
  }
}

/** The synchronous version of {@linkcode withFile}. */
export function withFileSync<T>(
  doing: string,
  path: string,
  action: () => T,
): T {
  try {
    return action();
  } catch (error) {
    throw fileError(doing, path, error);
  }
}

/** Turns an error of the system into one of this project; others are returned unchanged. */
export function fileError(
  doing: string,
  path: string,
  error: unknown,
): unknown {
  if (!(error instanceof Error) || error instanceof FlatbedError) return error;
  // Deno's own message names the missing flag.
  if (isNotCapable(error)) return error;
  const cannot = `Cannot ${doing} '${path}'`;
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new NoSpaceError(`${cannot}: the disk is full`, { cause: error });
  }
  const reason = REASONS[error.name] ?? REASONS_BY_CODE[String(code)] ??
    error.message.replace(/: [a-z]+ '.*$/s, "").replace(
      / \(os error \d+\)$/,
      "",
    );
  return new LocalFileError(`${cannot}: ${reason}`, { cause: error });
}
