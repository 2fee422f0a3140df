import { formatBytes } from "../../../base/mod.ts";
import { type DataType, NO_ROWS_REASONS } from "../../../catalog/mod.ts";
import type { UiContext } from "../ui_context.ts";
import type { DayAccess } from "./day_types.ts";

/** What looking into days needs. */
export type DayContext = Pick<
  UiContext,
  "reader" | "openReader" | "isReadOnly"
>;

/** A day, and how its rows can be read. */
export interface PlannedDay {
  /** The file's date. */
  readonly date: string;
  /** How it can be read. */
  readonly access: DayAccess;
  /** Why it cannot be, as the end of a sentence; empty where it can. */
  readonly why: string;
  /** The size of its file or object in bytes; 0 where that is not known. */
  readonly size: number;
}

/** A larger file is not read through for a few rows: with an index, only parts of it are. */
export const LARGEST_SCANNED = 32 * 1024 * 1024;

/** Which days {@linkcode planDays} looks at. */
export interface DaysOptions {
  readonly dataType: DataType;
  readonly from: string;
  readonly to: string;
  /** Whether a few rows are wanted, for which a large file is not read through. */
  readonly isSearch: boolean;
  /** Whether the service may be asked for parts of days that were released. */
  readonly asksService: boolean;
  readonly signal: AbortSignal;
}

/**
 * How the rows of some days can be read: those of the mirror and those that lack although a
 * file is due, in order. A day that is not in the mirror is read from the service only where
 * it has an index: then it costs what is wanted of it, and no more.
 *
 * @throws {FlatbedError} If the mirror cannot be asked.
 */
export async function planDays(
  { reader }: Pick<DayContext, "reader">,
  { dataType, from, to, isSearch, asksService, signal }: DaysOptions,
): Promise<PlannedDay[]> {
  const range = { dataType, from, to } as const;
  const { files, lacking } = await reader.files<string>({ ...range, signal });
  const entries = reader.entries<string>(range);
  const sizes = new Map(entries.map(({ date, size }) => [date, size]));
  const stored = new Map(entries.map(({ date, bytes }) => [date, bytes]));
  const isLarge = (date: string) => (stored.get(date) ?? 0) > LARGEST_SCANNED;
  const wantsIndexes = lacking.length > 0 ||
    isSearch && files.some(({ date }) => isLarge(date));
  const indexed = new Set(
    wantsIndexes ? await reader.indexedDates<string>(dataType) : [],
  );
  const days = files.map(({ date }): PlannedDay => {
    const size = stored.get(date) ?? 0;
    return !isSearch || !isLarge(date) || indexed.has(date)
      ? { date, access: "file", why: "", size }
      : { date, access: "none", why: describeNoIndex(size), size };
  });
  for (const { date, reason } of lacking) {
    const isFar = indexed.has(date) && asksService &&
      reason !== "damaged-at-source";
    const size = sizes.get(date) ?? 0;
    const why = NO_ROWS_REASONS[reason];
    days.push(
      isFar
        ? { date, access: "ranges", why: "", size }
        : { date, access: "none", why, size },
    );
  }
  return days.sort((a, b) => a.date < b.date ? -1 : 1);
}

/** Why a large file is not read through. */
function describeNoIndex(size: number): string {
  return `without an index, and ${
    formatBytes(size)
  } are much to read through for it`;
}
