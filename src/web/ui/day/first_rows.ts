import { MarketCalendar } from "../../../calendar/mod.ts";
import {
  type DataType,
  getColumns,
  getColumnType,
  getDataset,
} from "../../../catalog/mod.ts";
import {
  type RowBatch,
  splitFields,
  TimeText,
  unquoted,
} from "../../../rows/mod.ts";
import type { DayColumn, DayRows } from "./day_types.ts";

/**
 * The first rows, as the file has them: no value passes through a number. Times come once
 * more, readable.
 *
 * @param batches The rows; no more are read than needed.
 * @param dataType The dataset.
 * @param limit How many at most.
 */
export async function firstRows(
  batches: AsyncGenerator<RowBatch>,
  dataType: DataType,
  limit: number,
): Promise<DayRows> {
  const { timeZone: zone } = MarketCalendar.for(getDataset(dataType).calendar);
  const clock = new TimeText(zone);
  const decoder = new TextDecoder();
  let names: readonly string[] = [];
  let hasMore = false;
  const rows: string[][] = [];
  const times: Record<number, (string | null)[]> = {};
  for await (const { header, bytes } of batches) {
    names = header.names;
    const bounds = new Int32Array(2 * names.length);
    const isTime = names.map((name) => getColumnType(name) === "timestamp");
    for (let at = 0; at < bytes.length;) {
      if (rows.length === limit) {
        hasMore = true;
        break;
      }
      at = splitFields(bytes, at, bounds);
      rows.push(names.map((_, column) => {
        const [start, end] = [
          bounds[2 * column] ?? 0,
          bounds[2 * column + 1] ?? 0,
        ];
        if (isTime[column] === true) {
          const text = clock.format(bytes, start, end);
          (times[column] ??= []).push(text || null);
        }
        return unquoted(decoder.decode(bytes.subarray(start, end)));
      }));
    }
    if (hasMore) break;
  }
  return { columns: columnsOf(dataType, names), rows, times, zone, hasMore };
}

function columnsOf(dataType: DataType, names: readonly string[]): DayColumn[] {
  const known = getColumns<string>(dataType) ?? [];
  return names.map((name) => {
    const column = known.find((each) => each.name === name);
    const { type = getColumnType(name), unit, note } = column ?? {};
    const about = [unit, note].filter((part) => part !== undefined).join("; ");
    return { name, type, about };
  });
}
