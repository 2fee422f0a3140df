import { isIsoDate } from "../calendar/mod.ts";
import { DATASETS } from "./dataset_table.ts";
import type { DataType } from "./dataset.ts";
import { toLayout } from "./layout.ts";

/** The parts of a key. */
export interface KeyMetadata {
  /** The dataset's id. */
  dataType: DataType;
  /** The file's date, `YYYY-MM-DD`. */
  date: string;
  /** The date's year, four digits. */
  year: string;
  /** The date's month, two digits. */
  month: string;
}

const dataTypeByPrefix: ReadonlyMap<string, DataType> = new Map(
  DATASETS.map(({ id, prefix }) => [prefix, id]),
);

const KEY =
  /^([a-z0-9_]+\/[a-z0-9_]+)\/(\d{4})\/(\d{2})\/(\d{4}-\d{2}-\d{2})\.csv\.gz$/;

/** The key of a prefix and a date, both already checked. */
export function formatKey(prefix: string, date: string): string {
  return `${prefix}/${date.slice(0, 4)}/${date.slice(5, 7)}/${date}.csv.gz`;
}

/** Parses a key in either layout. If it is not a key, returns a text that says why. */
export function readKey(key: string): KeyMetadata | string {
  const match = KEY.exec(toLayout(key, "live"));
  if (match === null) {
    return "it is not {prefix}/{YYYY}/{MM}/{YYYY-MM-DD}.csv.gz";
  }
  const [, prefix = "", year = "", month = "", date = ""] = match;
  const dataType = dataTypeByPrefix.get(prefix);
  if (dataType === undefined) return "no dataset has its prefix";
  if (!isIsoDate(date)) return `there is no date ${date}`;
  if (date.slice(0, 4) !== year || date.slice(5, 7) !== month) {
    return `its folders ${year}/${month} do not agree with its date ${date}`;
  }
  return { dataType, date, year, month };
}
