import type { DataType } from "../../../catalog/mod.ts";
import type { ExtractEvent, ExtractOptions } from "../../../mirror/mod.ts";
import type { RowBatch, RowFilter } from "../../../rows/mod.ts";
import type { DayContext, PlannedDay } from "./plan_days.ts";

/** How {@linkcode readDays} reads. */
export interface ReadDaysOptions {
  readonly dataType: DataType;
  /** Which days, as they were planned. */
  readonly days: readonly PlannedDay[];
  /** Which rows. */
  readonly filter: RowFilter;
  readonly signal: AbortSignal;
  readonly onEvent?: (event: ExtractEvent) => void;
}

/**
 * The rows of days that can be read, in order. The service is asked only for those that are
 * planned so.
 */
export async function* readDays(
  { reader, openReader }: DayContext,
  { dataType, days, filter, signal, onEvent }: ReadDaysOptions,
): AsyncGenerator<RowBatch> {
  for (const { first, last, isNear } of runsOf(days)) {
    const options: ExtractOptions = {
      ...filter,
      dataType,
      from: first,
      to: last,
      offline: isNear,
      keepIndexes: false,
      signal,
      onEvent,
    };
    if (isNear) yield* reader.extract<string>(options);
    else {
      await using asking = await openReader({ asksService: true });
      yield* asking.mirror.extract<string>(options);
    }
  }
}

interface DayRun {
  readonly first: string;
  last: string;
  readonly isNear: boolean;
}

/** Days one after the other that are read in the same way; a day that cannot be read parts them. */
function runsOf(days: readonly PlannedDay[]): DayRun[] {
  const runs: DayRun[] = [];
  let run: DayRun | undefined;
  for (const { date, access } of days) {
    if (access === "none") {
      run = undefined;
      continue;
    }
    const isNear = access === "file";
    if (run === undefined || run.isNear !== isNear) {
      runs.push(run = { first: date, last: date, isNear });
    }
    run.last = date;
  }
  return runs;
}
