import { LocalFileError, NoSpaceError } from "../store/mod.ts";

/**
 * Does something to a local file, and turns what the system says into one of the
 * project's own errors.
 *
 * @throws {NoSpaceError} If the disk is full.
 * @throws {LocalFileError} If anything else is wrong with the file.
 */
export async function withFile<T>(
  doing: string,
  path: string,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error) || !isSystemError(error)) throw error;
    const cannot = `Cannot ${doing} '${path}'`;
    if (error.code === "ENOSPC" || error.code === "EDQUOT") {
      throw new NoSpaceError(`${cannot}: the disk is full`, { cause: error });
    }
    const reason = error.message.replace(/: [a-z]+ '.*$/s, "");
    throw new LocalFileError(`${cannot}: ${reason}`, { cause: error });
  }
}

/** Whether the system said so; a permission that Deno does not give is none of these. */
function isSystemError(error: Error): error is Error & { code: string } {
  return "code" in error && typeof error.code === "string" &&
    /^E[A-Z0-9]+$/.test(error.code);
}
