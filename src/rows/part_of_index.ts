import type { RowIndex, RowSpan } from "./row_index.ts";

/**
 * The part of an index that some of its spans are read by, without the tickers. Its buffers
 * are its own, so that it can be posted to another thread.
 *
 * @param index The index.
 * @param spans Spans of it, in their order.
 */
export function partOfIndex(
  index: RowIndex,
  spans: readonly RowSpan[],
): RowIndex {
  const { checkpoints } = index.gzip;
  const first = spans[0]?.checkpoint ?? 0;
  const end = spans.at(-1)?.end ?? 0;
  const behind = checkpoints.findIndex(({ content }) => content >= end);
  const used = checkpoints.slice(first, behind === -1 ? undefined : behind + 1);
  const { object, header, headerEnd, timeColumn, rows, contentSize } = index;
  return {
    ...{ object, header, headerEnd, timeColumn, rows, contentSize },
    spans: spans.map((span) => ({ ...span, head: span.head.slice() })),
    tickers: undefined,
    gzip: {
      ...index.gzip,
      checkpoints: used.map((checkpoint) => ({
        ...checkpoint,
        window: checkpoint.window.slice(),
      })),
    },
  };
}
