import { didYouMean, formatCount } from "../../../base/mod.ts";
import {
  type DataType,
  describeDays,
  NO_ROWS_REASONS,
} from "../../../catalog/mod.ts";
import type { NotFoundName } from "../../../mirror/mod.ts";
import { type RowBatch, sqlText, writeRows } from "../../../rows/mod.ts";
import { RequestError } from "../answers.ts";
import { downloadName } from "./download_name.ts";
import { type DayContext, planDays, type PlannedDay } from "./plan_days.ts";
import { readDays } from "./read_days.ts";

/** So many tickers are named in a message. */
const MOST_NAMED = 3;

/** A format of a download. */
export type DownloadFormat = "csv" | "arrow" | "parquet";

/** What is downloaded. */
export interface DownloadOptions {
  readonly dataType: DataType;
  readonly from: string;
  readonly to: string;
  /** Of which tickers; of all where none is named. */
  readonly tickers: readonly string[];
  readonly format: DownloadFormat;
  /** Whether days that lack are left out: otherwise there is no download. */
  readonly isPartial: boolean;
  /** Whether the service may be asked for parts of days that were released. */
  readonly asksService: boolean;
  /** Whether it is only found out if it can be had: then there is a piece at most. */
  readonly isCheck: boolean;
  readonly signal: AbortSignal;
}

/** A download that has begun. */
export interface Download extends AsyncDisposable {
  /** Its bytes, once; it fails where the rows cannot be read to their end. */
  readonly pieces: AsyncIterableIterator<Uint8Array<ArrayBuffer>>;
  /** A name for the file, which no file system takes for something else. */
  readonly name: string;
}

/**
 * Begins a download: what can be known to fail has failed before its first byte.
 *
 * @throws {RequestError} If days lack, or there are no rows.
 * @throws {DuckDBUnavailableError} If Parquet is wanted, and there is no DuckDB.
 * @throws {FlatbedError} If a file cannot be read.
 */
export async function downloadDays(
  context: DayContext,
  options: DownloadOptions,
): Promise<Download> {
  const { dataType, from, to, tickers, format, isPartial } = options;
  const isParquet = format === "parquet";
  const planned = await planDays(context, {
    ...options,
    asksService: options.asksService && !isParquet,
    isSearch: false,
  });
  const days = planned.filter(({ access }) => access !== "none");
  const lacking = planned.filter(({ access }) => access === "none");
  if (days.length === 0 || lacking.length > 0 && !isPartial) {
    throw lackingError(dataType, planned, lacking);
  }
  const pieces = isParquet
    ? parquetPieces(context, options, days)
    : rowPieces(context, options, planned);
  const first = await pieces.next();
  if (first.done) throw noRows(options, days.length, []);
  async function* all(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield first.value;
    yield* pieces;
  }
  const stream = all();
  return {
    pieces: stream,
    name: downloadName({ dataType, from, to, tickers, format }),
    async [Symbol.asyncDispose]() {
      await pieces.return(undefined);
    },
  };
}

function lackingError(
  dataType: DataType,
  planned: readonly PlannedDay[],
  lacking: readonly PlannedDay[],
): RequestError {
  const groups = [...Map.groupBy(lacking, ({ why }) => why)].map((
    [why, days],
  ) =>
    `${describeDays(days.map(({ date }) => ({ dataType, date })))} ${
      days.length === 1 ? "is" : "are"
    } ${why}`
  );
  const what = planned.length === 0
    ? "no file is expected in that time"
    : groups.join("; ");
  return new RequestError(
    409,
    "days-lack",
    `Cannot download ${
      planned.length === lacking.length ? "these days" : "all of these days"
    }: ${what}`,
  );
}

/** That there are no rows, and which tickers may have been meant. */
function noRows(
  { dataType, tickers }: DownloadOptions,
  days: number,
  notFound: readonly NotFoundName[],
): RequestError {
  const names = tickers.slice(0, MOST_NAMED).join(", ");
  const others = tickers.length - MOST_NAMED;
  const near = notFound.length === 1 ? notFound[0]?.near ?? [] : [];
  return new RequestError(
    404,
    "no-rows",
    `There are no rows of ${names}${
      others > 0 ? ` and ${formatCount(others, "other ticker")}` : ""
    } in ${formatCount(days, "day")} of ${dataType}${didYouMean(near)}`,
  );
}

/** The rows as CSV or Arrow. A day that fails on the way ends all with an error. */
async function* rowPieces(
  context: DayContext,
  options: DownloadOptions,
  days: readonly PlannedDay[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { dataType, tickers, format, signal } = options;
  let failed: Error | undefined;
  let notFound: readonly NotFoundName[] = [];
  const rows = readDays(context, {
    dataType,
    days,
    filter: tickers.length === 0 ? {} : { tickers },
    signal,
    onEvent(event) {
      if (event.code === "summary") notFound = event.notFound;
      if (event.code !== "no-rows") return;
      const reason = NO_ROWS_REASONS[event.reason];
      failed ??= event.error ??
        new RequestError(409, "days-lack", `${event.date} is ${reason}`);
    },
  });
  const isArrow = format === "arrow";
  async function* some(): AsyncGenerator<RowBatch> {
    let hasRows = false;
    for await (const batch of rows) {
      if (batch.rows === 0 && !hasRows && tickers.length > 0) continue;
      hasRows = true;
      yield batch;
    }
    if (hasRows || tickers.length === 0) return;
    const { length } = days.filter(({ access }) => access !== "none");
    throw failed ?? noRows(options, length, notFound);
  }
  const written = writeRows(some(), { format: isArrow ? "arrow" : "csv" });
  for await (const piece of written) {
    if (failed !== undefined) throw failed;
    yield piece;
  }
  if (failed !== undefined) throw failed;
}

/** The rows as Parquet: the file that is there, or what DuckDB makes. */
async function* parquetPieces(
  context: DayContext,
  options: DownloadOptions,
  days: readonly PlannedDay[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { reader, isReadOnly } = context;
  const { dataType, tickers, isCheck, signal } = options;
  const [day] = days;
  if (day !== undefined && days.length === 1 && tickers.length === 0) {
    const path = await wholeParquet(reader, dataType, day.date, signal);
    if (path !== undefined) {
      using file = await Deno.open(path);
      for await (const piece of file.readable) {
        signal.throwIfAborted();
        yield piece;
      }
      return;
    }
  }
  if (!isCheck) await assertWhole(context, options, days);
  const dates = days.map(({ date }) => `DATE ${sqlText(date)}`).join(", ");
  const wanted = tickers.length === 0
    ? ""
    : ` AND ticker IN (${tickers.map(sqlText).join(", ")})`;
  const query = `SELECT * FROM ${dataType} WHERE date IN (${dates})${wanted}`;
  const isElsewhere = isReadOnly || reader.location.startsWith("s3://");
  await using result = await reader.sql(query, {
    signal,
    // The disk that has the data has room for what is made of it, too.
    temporaryFolder: isElsewhere ? undefined : `${reader.location}/.flatbed`,
  });
  if (tickers.length > 0 && await result.count() === 0) return;
  // DuckDB writes the whole file before it can be read.
  if (isCheck) yield new Uint8Array();
  else yield* result.write("parquet");
}

/**
 * Asserts that the rows can be read whole where there is no Parquet file of them: DuckDB takes
 * gzip data whose CRC-32 is wrong.
 */
async function assertWhole(
  context: DayContext,
  { dataType, from, to, tickers, signal }: DownloadOptions,
  days: readonly PlannedDay[],
): Promise<void> {
  const { files } = await context.reader.files<string>({
    ...{ dataType, from, to, parquet: true, signal },
  });
  const made = new Set(files.map(({ date }) => date));
  let failed: Error | undefined;
  const rows = readDays(context, {
    dataType,
    days: days.map((day) =>
      made.has(day.date) ? { ...day, access: "none" } : day
    ),
    filter: tickers.length === 0 ? {} : { tickers },
    signal,
    onEvent(event) {
      if (event.code === "no-rows") failed ??= event.error;
    },
  });
  for await (const _ of rows) {
    if (failed !== undefined) break;
  }
  if (failed !== undefined) throw failed;
}

/** The path of a day's Parquet file, where there is one on this machine. */
async function wholeParquet(
  reader: DayContext["reader"],
  dataType: DataType,
  date: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (reader.location.startsWith("s3://")) return undefined;
  const { files: [file] } = await reader.files<string>({
    ...{ dataType, from: date, to: date, parquet: true, signal },
  });
  return file?.path;
}
