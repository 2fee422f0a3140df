import type { RowBatch } from "../../rows/mod.ts";

/** Rows that are being read, whether they are asked for or not. */
export interface BegunRows {
  /** The rows, once; throws what reading them failed with. */
  rows(): AsyncGenerator<RowBatch>;
}

/**
 * Begins to read rows, and keeps them until they are asked for.
 *
 * @param read Reads them. What `take` returns resolves when the rows were asked for: that limits what is kept.
 */
export function beginRows(
  read: (take: (batch: RowBatch) => Promise<void>) => Promise<void>,
): BegunRows {
  const kept: RowBatch[] = [];
  /** Those that wait until their rows are asked for. */
  const waiting: PromiseWithResolvers<void>[] = [];
  let news = Promise.withResolvers<void>();
  let hasEnded = false;
  /** Set once nobody asks for more rows. */
  let refusal: DOMException | undefined;
  const result = read((batch) => {
    if (refusal !== undefined) return Promise.reject(refusal);
    const asked = Promise.withResolvers<void>();
    kept.push(batch);
    waiting.push(asked);
    news.resolve();
    return asked.promise;
  }).finally(() => {
    hasEnded = true;
    news.resolve();
  });
  result.catch(() => {}); // whoever asks for the rows is told
  return {
    async *rows() {
      try {
        while (true) {
          for (let batch; (batch = kept.shift()) !== undefined;) {
            waiting.shift()?.resolve();
            yield batch;
          }
          if (hasEnded) break;
          await news.promise;
          news = Promise.withResolvers();
        }
        await result;
      } finally {
        const reason = refusal = new DOMException(
          "The rows are not wanted",
          "AbortError",
        );
        waiting.forEach(({ reject }) => reject(reason));
        await result.catch(() => {});
      }
    },
  };
}
