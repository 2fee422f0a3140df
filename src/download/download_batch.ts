import { asError, endsRun, forEach } from "../base/mod.ts";
import type { BatchOptions } from "./download_options.ts";

/**
 * Downloads many objects, some at once.
 *
 * @param keys Their keys.
 * @param maxConcurrent How many at once.
 * @param options The signal, and what is called with failures.
 * @param download Downloads one of them.
 * @returns The results in the order of the keys, with `null` for each failure.
 * @throws {unknown} An error that all others would meet as well, or the signal's reason.
 */
export async function downloadBatch<T>(
  keys: readonly string[],
  maxConcurrent: number,
  { signal, onFailure }: Pick<BatchOptions, "signal" | "onFailure">,
  download: (key: string, signal: AbortSignal) => Promise<T>,
): Promise<(T | null)[]> {
  const results: (T | null)[] = [];
  const each = async ([index, key]: [number, string], signal: AbortSignal) => {
    try {
      results[index] = await download(key, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (endsRun(error)) throw error;
      results[index] = null;
      onFailure?.(
        key,
        asError(error),
      );
    }
  };
  await forEach([...keys].entries(), maxConcurrent, each, signal);
  return results;
}
