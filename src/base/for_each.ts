import { linkSignals } from "./linked_signal.ts";

/**
 * The one pool: does some work for each item, `maxConcurrent` at once. After the first
 * failure, or once the signal is aborted, no further item is begun, and the signal that
 * the work is given is aborted; what is under way is waited for.
 *
 * @throws {unknown} The first failure, or the signal's reason.
 */
export async function forEach<T>(
  items: Iterable<T> | AsyncIterable<T>,
  maxConcurrent: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const queue = Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
  const failures: unknown[] = [];
  const stop = linkSignals(signal);
  const worker = async () => {
    while (failures.length === 0) {
      try {
        const next = await queue.next();
        if (next.done || failures.length > 0) return;
        stop.signal.throwIfAborted();
        await work(next.value, stop.signal);
      } catch (error) {
        failures.push(error);
        stop.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: maxConcurrent }, worker));
  stop[Symbol.dispose](); // Node 22, which may load this, does not know `using`
  if (failures.length > 0) throw failures[0];
}
