import type { TimeBounds } from "./row_index.ts";
import {
  LONGEST_INDEXED_ROW,
  LONGEST_TICKER,
  NotIndexableError,
  type RowScanner,
  type Run,
  type ScannedColumns,
  type ScannedSpan,
} from "./row_scanner.ts";

/** So many runs are kept of a content. */
const MOST_RUNS = 200_000;
const MS = 1_000_000n;
const GREATEST = 2n ** 63n - 1n;

interface PlainRun {
  ticker: string;
  rows: number;
  times: TimeBounds | undefined;
}

/**
 * A {@linkcode RowScanner} without WebAssembly, for tickers in any column: the model that the
 * one in WebAssembly is tested against.
 */
export class PlainScanner implements RowScanner {
  readonly #columns: ScannedColumns;
  readonly #mostRuns: number;
  #rest = "";
  #span: PlainRun[] = [];
  #runs: PlainRun[] = [];

  /** Looks at these columns. */
  constructor(columns: ScannedColumns, mostRuns = MOST_RUNS) {
    this.#columns = columns;
    this.#mostRuns = mostRuns;
  }

  get pending(): number {
    return this.#rest.length;
  }

  get runsUse(): number {
    return this.#runs.length / this.#mostRuns;
  }

  precede(head: Uint8Array): void {
    this.#rest = toText(head);
  }

  scan(piece: Uint8Array, from = 0): void {
    const lines = (this.#rest + toText(piece.subarray(from))).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    if (this.pending > LONGEST_INDEXED_ROW) {
      throw new NotIndexableError(
        `has a row of more than ${LONGEST_INDEXED_ROW} bytes`,
      );
    }
  }

  head(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#rest, (char) => char.charCodeAt(0));
  }

  end(): void {
    if (this.#rest !== "") this.#take(this.#rest);
    this.#rest = "";
  }

  endSpan(): ScannedSpan | undefined {
    const runs = this.#span;
    this.#span = [];
    const [first, last] = [runs[0], runs.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const tickers = runs.map(({ ticker }) => ticker);
    return {
      rows: runs.reduce((sum, { rows }) => sum + rows, 0),
      first: first.ticker,
      last: last.ticker,
      least: tickers.reduce((a, b) => a < b ? a : b),
      greatest: tickers.reduce((a, b) => a > b ? a : b),
      isSorted: tickers.every((ticker, index) =>
        index === 0 || ticker >= (tickers[index - 1] ?? "")
      ),
      times: runs.map(({ times }) => times).reduce(joinTimes),
    };
  }

  runs(): Run[] | undefined {
    if (this.#runs.length > this.#mostRuns) return undefined;
    return this.#runs.map(({ ticker, rows, times }) => ({
      ticker,
      rows,
      least: times ? Number(floor(times.least)) : NaN,
      greatest: times ? Number(-floor(-times.greatest)) : NaN,
    }));
  }

  #take(line: string): void {
    const row = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (row === "") return;
    const { count, ticker: column, time } = this.#columns;
    const fields = splitRow(row);
    const ticker = column === 0
      ? row.split(",", 1)[0] ?? ""
      : fields[column] ?? "";
    if (ticker.length > LONGEST_TICKER) {
      throw new NotIndexableError(
        `has a ticker of more than ${LONGEST_TICKER} bytes`,
      );
    }
    const at = time > 0 && fields.length === count
      ? parseTime(fields[time] ?? "")
      : undefined;
    const times = at === undefined ? undefined : { least: at, greatest: at };
    let run = this.#span.at(-1);
    if (run?.ticker !== ticker) {
      run = { ticker, rows: 0, times: undefined };
      this.#span.push(run);
      if (this.#runs.length <= this.#mostRuns) this.#runs.push(run);
    }
    run.rows++;
    run.times = joinTimes(run.times, times);
  }
}

/** Nanoseconds as whole milliseconds, not later. */
function floor(time: bigint): bigint {
  return (time - (time % MS + MS) % MS) / MS;
}

/** The bounds of two in one. */
function joinTimes(
  a: TimeBounds | undefined,
  b: TimeBounds | undefined,
): TimeBounds | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    least: a.least < b.least ? a.least : b.least,
    greatest: a.greatest > b.greatest ? a.greatest : b.greatest,
  };
}

/** The fields of a row; commas between quotes are part of one. */
function splitRow(row: string): string[] {
  const fields: string[] = [];
  let isQuoted = false;
  let start = 0;
  for (let at = 0; at < row.length; at++) {
    if (row[at] === '"') isQuoted = !isQuoted;
    else if (row[at] === "," && !isQuoted) {
      fields.push(row.slice(start, at));
      start = at + 1;
    }
  }
  return [...fields, row.slice(start)];
}

/**
 * Reads a time: seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by
 * their 10, 13, 16 or 19 digits, with a fraction or none. Any other integer is nonsense, and
 * taken for nanoseconds.
 *
 * @returns Nanoseconds since 1970; `undefined` where it is no number.
 */
export function parseTime(text: string): bigint | undefined {
  const [, sign = "", digits = "", fraction = ""] =
    /^(-?)(\d{1,19})(?:\.(\d*))?$/.exec(text) ?? [];
  if (digits === "") return undefined;
  const isTime = sign === "" && [10, 13, 16, 19].includes(digits.length);
  const places = isTime ? 19 - digits.length : 0;
  const value = BigInt(digits + fraction.slice(0, places).padEnd(places, "0"));
  const bounded = value > GREATEST ? GREATEST : value;
  return sign === "" ? bounded : -bounded;
}

function toText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}
