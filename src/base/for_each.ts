/**
 * Does some work for each item, for so many at once. After the first failure, or once
 * the signal is aborted, no further item is begun; what is under way is waited for.
 *
 * @throws {unknown} The first failure, or the signal's reason.
 */
export async function forEach<T>(
  items: Iterable<T> | AsyncIterable<T>,
  maxConcurrent: number,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const queue = Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async () => {
    while (failures.length === 0) {
      try {
        const next = await queue.next();
        if (next.done || failures.length > 0) return;
        signal?.throwIfAborted();
        await work(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: maxConcurrent }, worker));
  if (failures.length > 0) throw failures[0];
}
