import {
  assertArray,
  assertString,
  didYouMean,
  nearest,
  quote,
} from "../base/mod.ts";
import { rewriteRows, type TargetColumn } from "./rewrite_rows.ts";
import type { RowBatch } from "./row_batch.ts";
import { type RowHeader, toHeader } from "./row_header.ts";

/** How the columns of a content differ from those that are written. */
export interface ColumnDifference {
  /** What the content is called: a key or a path. */
  readonly name: string;
  /** Columns that are written and that it does not have: its rows have nothing there. */
  readonly missing: readonly string[];
  /** Columns that it has and that are not written. */
  readonly extra: readonly string[];
}

/**
 * Gives the rows of all contents the same columns, by name: those that were asked for, or
 * those of the first content.
 */
export class ColumnAligner {
  readonly #columns: readonly string[] | undefined;
  readonly #known: readonly string[];
  readonly #onDifference: (difference: ColumnDifference) => void;
  /** What is written. */
  #target: RowHeader | undefined;
  /** The header row of the rows that came last, and where the columns are in them. */
  #source: RowHeader | undefined;
  /** `undefined` where the rows stay as they are. */
  #plan: readonly TargetColumn[] | undefined;

  /**
   * @param columns The columns that are asked for, in their order.
   * @param known Columns that are right even where the first content does not have them.
   * @param onDifference Called for each content with other columns than are written; where
   * columns were asked for, only if some of them are missing.
   */
  constructor(
    columns: readonly string[] | undefined,
    known: readonly string[],
    onDifference: (difference: ColumnDifference) => void = () => {},
  ) {
    if (columns !== undefined) assertColumns(columns);
    this.#columns = columns;
    this.#known = known;
    this.#onDifference = onDifference;
  }

  /**
   * The rows with the columns that are written.
   *
   * @throws {RangeError} If a column was asked for that nobody knows.
   */
  align(batch: RowBatch): RowBatch {
    if (batch.header !== this.#source) this.#prepare(batch);
    const header = this.#target ?? batch.header;
    const bytes = this.#plan === undefined
      ? batch.bytes
      : rewriteRows(batch.bytes, this.#plan);
    return { ...batch, header, bytes };
  }

  #prepare({ name, header }: RowBatch): void {
    const { names } = header;
    this.#source = header;
    this.#target ??= this.#toTarget(name, header);
    const wanted = this.#target.names;
    const isSame = names.length === wanted.length &&
      names.every((column, index) => column === wanted[index]);
    this.#plan = isSame
      ? undefined
      : wanted.map((column) => ({ source: names.indexOf(column) }));
    if (isSame) return;
    const missing = wanted.filter((column) => !names.includes(column));
    const extra = this.#columns === undefined
      ? names.filter((column) => !wanted.includes(column))
      : [];
    if (this.#columns === undefined || missing.length > 0) {
      this.#onDifference({ name, missing, extra });
    }
  }

  /** What is written, by the first content. */
  #toTarget(name: string, header: RowHeader): RowHeader {
    const columns = this.#columns;
    if (columns === undefined) return header;
    const known = [...new Set([...header.names, ...this.#known])];
    const unknown = columns.find((column) => !known.includes(column));
    if (unknown !== undefined) {
      throw new RangeError(
        `Cannot use columns: ${quote(unknown)} is not a column of ${
          quote(name)
        }${
          didYouMean(nearest(unknown, known)) ||
          `; the columns are ${known.join(", ")}`
        }`,
      );
    }
    const isSame = columns.join() === header.names.join();
    return isSame ? header : toHeader(columns);
  }
}

function assertColumns(columns: readonly string[]): void {
  assertArray(columns, "columns");
  columns.forEach((name, index) => {
    assertString(name, "columns");
    if (columns.indexOf(name) !== index) {
      throw new RangeError(`Cannot use columns: ${quote(name)} is there twice`);
    }
  });
  if (columns.length === 0) {
    throw new RangeError("Cannot use columns: expected at least one");
  }
}
