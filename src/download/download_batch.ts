import { endsRun, forEach, linkSignals } from "../base/mod.ts";
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
  using stop = linkSignals(signal);
  const results: (T | null)[] = [];
  await forEach([...keys].entries(), maxConcurrent, async ([index, key]) => {
    try {
      results[index] = await download(key, stop.signal);
    } catch (error) {
      stop.signal.throwIfAborted();
      if (endsRun(error)) {
        stop.abort(error);
        throw error;
      }
      results[index] = null;
      onFailure?.(
        key,
        error instanceof Error ? error : new Error(String(error)),
      );
    }
  });
  return results;
}
