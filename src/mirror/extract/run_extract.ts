import { freeBytes, linkSignals } from "../../base/mod.ts";
import { getDataset } from "../../catalog/mod.ts";
import {
  alignRows,
  type RowBatch,
  type RowFilter,
  RowSelector,
  UnseenNames,
} from "../../rows/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { DayFinder } from "./day_finder.ts";
import type { ExtractEvent } from "./extract_event.ts";
import type { ExtractOptions } from "./extract_options.ts";
import { namesNotFound, type ReadDay } from "./names_not_found.ts";

/** The rows of all days, with the same columns, until the mirror is closed. */
export function runExtract(
  context: MirrorContext,
  options: ExtractOptions,
  closing: AbortSignal,
): AsyncGenerator<RowBatch> {
  const { offline = false, keepIndexes = context.isWriter, ...others } =
    options;
  const { signal, onEvent = () => {}, freeBatches, ...query } = others;
  const { dataType, columns, from, to, ...filter } = query;
  const { id } = getDataset(dataType);
  const selector = new RowSelector(filter);
  const handOn = freeBatches
    ? freeing
    : (batches: AsyncGenerator<RowBatch>) => batches;
  async function* rows(): AsyncGenerator<RowBatch> {
    using link = linkSignals(signal, closing);
    const finder = new DayFinder(context, {
      dataType: id,
      isOffline: offline || !context.hasDownloader,
      keepsIndexes: keepIndexes,
      selector,
      signal: link.signal,
      onRead: options.onEvent,
    });
    try {
      yield* handOn(rowsOf(finder, filter, from, to, onEvent));
    } finally {
      // Where not all rows were wanted, other days' may still be read.
      link.abort(new DOMException("The rows are not wanted", "AbortError"));
    }
  }
  const aligned = alignRows(rows(), {
    dataType,
    columns,
    onDifference: (difference) =>
      onEvent({ code: "columns-differ", ...difference }),
  });
  return handOn(aligned); // rows of other columns are in memory of their own
}

/** Frees each batch when the next one is asked for. */
async function* freeing(
  batches: AsyncGenerator<RowBatch>,
): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    yield batch;
    freeBytes(batch.bytes);
  }
}

async function* rowsOf(
  finder: DayFinder,
  filter: RowFilter,
  from: string,
  to: string,
  onEvent: (event: ExtractEvent) => void,
): AsyncGenerator<RowBatch> {
  /** Days that were read. */
  const read: ReadDay[] = [];
  const unseen = new UnseenNames(filter);
  let [withoutRows, rows, bytesOfFiles, bytesReceived] = [0, 0, 0, 0];
  const dates = await finder.dates(from, to);
  let next = 0;
  for await (const found of finder.days(dates)) {
    const date = dates[next++] ?? "";
    const day = finder.day(date);
    if (found === undefined) continue;
    if ("reason" in found) {
      withoutRows++;
      onEvent({ code: "no-rows", ...day, ...found });
      continue;
    }
    let count = 0;
    for await (const batch of found.rows()) {
      count += batch.rows;
      unseen.add(batch);
      yield batch;
    }
    const { size } = found;
    const source = found.source();
    const bytesRead = found.bytesRead();
    read.push({ date, bytesRead });
    rows += count;
    if (source.startsWith("file")) bytesOfFiles += bytesRead;
    else bytesReceived += bytesRead;
    onEvent({
      code: "extracted",
      ...day,
      source,
      rows: count,
      bytesRead,
      size,
    });
  }
  onEvent({
    ...{ code: "summary", days: read.length, withoutRows, rows },
    ...{ bytesOfFiles, bytesReceived },
    notFound: await namesNotFound(unseen, read, finder),
  });
}
