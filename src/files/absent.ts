/** Whether an error says that there is no such file or folder. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}

/** Swallows the error of a missing file or folder, and rethrows every other one. */
export function ignoreAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}

/** What a synchronous action returns; `undefined` if the file or folder is missing. */
export function unlessAbsent<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    return ignoreAbsent(error);
  }
}
