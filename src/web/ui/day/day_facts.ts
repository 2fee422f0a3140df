import { bashWord, FlatbedError } from "../../../base/mod.ts";
import { addDays, MarketCalendar } from "../../../calendar/mod.ts";
import {
  type DataType,
  describeNoDays,
  explainAbsence,
  getDataset,
  getFileDates,
  newYorkDate,
  S3Catalog,
} from "../../../catalog/mod.ts";
import type {
  DayState,
  LackingFile,
  ManifestEntry,
  Mirror,
} from "../../../mirror/mod.ts";
import type { RowIndex } from "../../../rows/mod.ts";
import type { DayFacts, DayFileFacts, DayRowFacts } from "./day_types.ts";
import { type DayContext, LARGEST_SCANNED } from "./plan_days.ts";
import type { UiContext } from "../ui_context.ts";
import type { TickerTables } from "./ticker_tables.ts";

/** The next trading day is not farther away: after 2001-09-11 it was six days. */
const FAR_DAYS = 14;

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** Options of {@linkcode factsOf}. */
export interface FactsOptions {
  /** Whether rows are known from an index alone: no file is read for them. @default {false} */
  readonly onlyIndex?: boolean;
}

/**
 * All that is known of a day, without asking the service.
 *
 * @throws {FlatbedError} If the mirror, the file or its index cannot be read.
 */
export async function factsOf(
  context: DayContext & Pick<UiContext, "location" | "now">,
  tables: TickerTables,
  dataType: DataType,
  date: string,
  signal: AbortSignal,
  { onlyIndex = false }: FactsOptions = {},
): Promise<DayFacts> {
  const { reader } = context;
  const { kind, calendar } = getDataset(dataType);
  const { timeZone: zone } = MarketCalendar.for(calendar);
  const key = catalog.getKey(dataType, date);
  const range = { dataType, from: date, to: date } as const;
  const { files: [file], lacking: [lacking] } = await reader.files<string>({
    ...range,
    signal,
  });
  const entries = reader.entries<string>(range);
  const entry = entries.find(({ path }) => file?.path.endsWith(`/${path}`)) ??
    entries.at(0);
  const state = await stateOf(reader, dataType, date, signal);
  const index = await reader.rowIndex(key);
  const hasIndex = index !== undefined;
  const access = file !== undefined
    ? "file"
    : hasIndex && state !== "damaged"
    ? "ranges"
    : "none";
  const isLarge = (entry?.bytes ?? 0) > LARGEST_SCANNED;
  const [parquet] = reader.parquetFiles<string>(range);
  const { advice, command, job } = file === undefined
    ? adviceOf(
      { dataType, date, state, hasIndex, lacking, entry },
      context.now(),
    )
    : { advice: "", command: "", job: null };
  const out = ` --out ${bashWord(context.location)}`;
  return {
    ...{ dataType, kind, zone, date, key, state, access, hasIndex },
    advice,
    job,
    command: command === "" ? "" : `${command}${out}`,
    needsIndex: file !== undefined && isLarge && !hasIndex,
    file: entry === undefined ? null : fileFacts(entry),
    parquet: parquet === undefined
      ? null
      : { path: parquet.path, bytes: parquet.bytes },
    rows: onlyIndex
      ? index === undefined ? null : indexFacts(index)
      : await rowFacts(context, tables, dataType, date, index),
    ...neighboursOf(reader, dataType, date, newYorkDate(context.now())),
  };
}

async function stateOf(
  reader: Mirror,
  dataType: DataType,
  date: string,
  signal: AbortSignal,
): Promise<DayState> {
  const [coverage] = await reader.coverage<string>({
    dataTypes: [dataType],
    from: date,
    to: date,
    signal,
  });
  // The coverage ends today.
  return coverage?.days[0]?.state ?? "not-published";
}

function fileFacts(entry: ManifestEntry): DayFileFacts {
  const instant = (time: Date | undefined) => time?.toISOString() ?? null;
  const { path, encoding, bytes, size, etag, sha256 } = entry;
  return {
    ...{ path, encoding, bytes, size, etag, sha256 },
    publishedAt: instant(entry.lastModified),
    fetchedAt: entry.fetchedAt.toISOString(),
    verifiedAt: instant(entry.verifiedAt),
    releasedAt: instant(entry.releasedAt),
    withdrawnAt: instant(entry.withdrawnAt),
    gzipFault: entry.gzip === "damaged"
      ? entry.gzipFault ?? "is not whole"
      : null,
  };
}

/** A day without a file that can be read. */
interface AbsentDay {
  readonly dataType: DataType;
  readonly date: string;
  readonly state: DayState;
  readonly hasIndex: boolean;
  readonly lacking: LackingFile | undefined;
  readonly entry: ManifestEntry | undefined;
}

/** What is said of a day whose file cannot be read, and the command that helps. */
function adviceOf(
  { dataType, date, state, hasIndex, lacking, entry }: AbsentDay,
  now: Date,
): Pick<DayFacts, "advice" | "command" | "job"> {
  const get = `flatbed get ${dataType} --date ${date}`;
  const none = { command: "", job: null };
  const sync = { command: get, job: "sync" } as const;
  if (lacking?.reason === "damaged-at-source" || state === "damaged") {
    const fault = entry?.gzipFault ?? "is not whole";
    return {
      ...none,
      advice:
        `The file is damaged at source: its gzip data ${fault}. Nothing can be read until upstream replaces it; a sync fetches it then.`,
    };
  }
  if (lacking?.reason === "damaged" || lacking?.reason === "lost") {
    return {
      advice: `The file is ${
        lacking.reason === "lost"
          ? "lost from the mirror"
          : "damaged in the mirror"
      }.`,
      command: `flatbed verify ${dataType} --repair`,
      job: "repair",
    };
  }
  switch (state) {
    case "released":
      return {
        advice: hasIndex
          ? "The file was released, and its index is here: rows can be read from the service, of which only the parts are fetched that have them."
          : "The file was released, and there is no index of it: it has to be fetched again.",
        ...sync,
      };
    case "missing":
      return {
        advice: hasIndex
          ? "The file is not in the mirror, but its index is: rows can be read from the service, of which only the parts are fetched that have them."
          : "A file is due, and is not in the mirror. Fetching it tells whether upstream has it.",
        ...sync,
      };
    case "accepted":
      return {
        advice: "A file was due, and somebody accepted that there is none.",
        command: `flatbed missing --forget ${dataType} ${date}`,
        job: "expect",
      };
    case "refused":
      return {
        advice:
          "The account could not read this day when that was last tried; it may be older than the plan's history.",
        command: "flatbed entitlements",
        job: null,
      };
    default: {
      const { text } = explainAbsence<string>(dataType, date, now);
      const said = state === "closed"
        ? describeNoDays(getDataset(dataType), { from: date, to: date })
        : text;
      const sentence = said.charAt(0).toUpperCase() + said.slice(1);
      return state === "optional"
        ? {
          advice: `${sentence}: this one is not in the mirror.`,
          ...sync,
        }
        : { ...none, advice: `${sentence}.` };
    }
  }
}

async function rowFacts(
  context: DayContext,
  tables: TickerTables,
  dataType: DataType,
  date: string,
  index: RowIndex | undefined,
): Promise<DayRowFacts | null> {
  try {
    const table = await tables.of(context, dataType, date);
    if (typeof table !== "string") return table.facts;
  } catch (error) {
    // Whoever asks for the tickers is told why; all else of the day is known.
    if (!(error instanceof FlatbedError)) throw error;
  }
  return index === undefined ? null : indexFacts(index);
}

function indexFacts(index: RowIndex): DayRowFacts {
  const times = index.spans.flatMap(({ times }) => times ?? []);
  const [first] = times.map(({ least }) => least).toSorted(compare);
  const last = times.map(({ greatest }) => greatest).toSorted(compare).at(-1);
  // Milliseconds, not later than the first and not earlier than the last.
  return {
    rows: index.rows,
    tickers: index.tickers?.length ?? null,
    first: first === undefined ? null : Number(first / 1_000_000n),
    last: last === undefined ? null : Number((last + 999_999n) / 1_000_000n),
  };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The days before and after one of which a file is expected, or known. */
function neighboursOf(
  reader: Mirror,
  dataType: DataType,
  date: string,
  today: string,
): Pick<DayFacts, "previous" | "next"> {
  const { firstDate } = getDataset(dataType);
  const near = (from: string, to: string) => {
    if (from > to) return [];
    const range = { dataType, from, to } as const;
    const known = reader.entries<string>(range).map(({ date }) => date);
    const start = from < firstDate ? firstDate : from;
    const expected = start > to
      ? []
      : getFileDates<string>(dataType, start, to);
    return [...known, ...expected].toSorted();
  };
  const after = addDays(date, FAR_DAYS);
  return {
    previous: near(addDays(date, -FAR_DAYS), addDays(date, -1)).at(-1) ?? null,
    next: near(addDays(date, 1), after < today ? after : today).at(0) ?? null,
  };
}
