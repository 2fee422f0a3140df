import type { Dataset } from "../catalog/mod.ts";
import type { Mirror } from "../mirror/mod.ts";
import type { DateOptions } from "./date_options.ts";
import { type DateRange, readDates, untilToday } from "./dates.ts";
import { UsageError } from "./usage.ts";

/** A range by the options, or by what is in the mirror. */
type MirrorRangeOptions = DateOptions & { out: string };

/** The days of a dataset: by the options, or else all of which the mirror has a file or an index. */
export async function readMirrorRange(
  mirror: Mirror,
  dataset: Dataset,
  options: MirrorRangeOptions,
): Promise<DateRange> {
  const range = await findMirrorRange(mirror, dataset, options);
  if (range !== undefined) return range;
  throw new UsageError(
    `Which days? There is no file of ${dataset.id} in ${options.out}: name them with --date, --from or --last`,
  );
}

/** The same; `undefined` where no days are named and the mirror has none. */
export async function findMirrorRange(
  mirror: Mirror,
  dataset: Dataset,
  options: MirrorRangeOptions,
): Promise<DateRange | undefined> {
  const range = readDates(options, dataset);
  if (range !== undefined) return untilToday(range, options);
  const indexed = await mirror.indexedDates<string>(dataset.id);
  const dates = mirror.entries()
    .filter(({ dataType }) => dataType === dataset.id)
    .map(({ date }) => date)
    .concat(indexed).sort();
  const [from, to] = [dates[0], dates.at(-1)];
  return from === undefined || to === undefined ? undefined : { from, to };
}
