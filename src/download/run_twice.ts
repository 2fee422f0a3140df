import { ObjectChangedError } from "../base/mod.ts";

/**
 * Runs a download, and once more if the error makes that worthwhile.
 *
 * @param download The download; it is told whether this is the second time.
 * @param isWorthIt Whether to start over after an error; by default, if the object changed meanwhile.
 * @param onRetry Called before the second time.
 */
export async function runTwice<T>(
  download: (isAgain: boolean) => Promise<T>,
  onRetry: () => void,
  isWorthIt: (error: unknown) => boolean = (error) =>
    error instanceof ObjectChangedError,
): Promise<T> {
  try {
    return await download(false);
  } catch (error) {
    if (!isWorthIt(error)) throw error;
    onRetry();
    return await download(true);
  }
}
