import {
  assertArray,
  assertBoolean,
  assertIterable,
  assertOptions,
  assertString,
  type OptionNames,
  wrongValue,
} from "../base/mod.ts";
import type { TickerTest } from "./line_selector.ts";
import { CONTRACT_LENGTH } from "./root_of.ts";
import type { TickerRange } from "./spans_of.ts";
import { type Between, TimeWindow } from "./time_window.ts";

/**
 * Which rows are wanted: those of any of the tickers, of any of the underlyings, or of a ticker
 * that fits a pattern; those of all tickers where none of the three is given. Of these,
 * the rows between two times of day.
 */
export interface RowFilter {
  /** Tickers, case-sensitive, as the files write them: `AAPL`, `O:SPY240105C00475000`, `X:BTC-USD`. */
  readonly tickers?: Iterable<string>;
  /** Patterns of tickers, such as `O:SPY2406*C*`: `*` stands for any characters, `?` for one. */
  readonly patterns?: readonly string[];
  /** Roots of options: `SPY` stands for `O:SPY` and the 15 characters of any contract. */
  readonly underlying?: string | readonly string[];
  /** Whether roots of adjusted contracts, with a digit behind the underlying, belong to it. @default {false} */
  readonly adjusted?: boolean;
  /** Times of day, on New York's clock unless it names a zone; by the content's time column. */
  readonly between?: Between;
}

/** The names of its options. */
export const ROW_FILTER_NAMES: OptionNames<RowFilter> = {
  tickers: true,
  patterns: true,
  underlying: true,
  adjusted: true,
  between: true,
};

const BETWEEN_NAMES: OptionNames<Between> = {
  from: true,
  to: true,
  zone: true,
};

/** A filter that was checked. */
export interface CompiledFilter {
  /** The filter as plain data, which can be posted to another thread. */
  readonly plain: RowFilter;
  /** Which tickers; `undefined` for all. */
  readonly test: TickerTest | undefined;
  /** Ranges of tickers that hold all that are wanted; `undefined` for all tickers. */
  readonly ranges: readonly TickerRange[] | undefined;
  /** Which times; `undefined` for all. */
  readonly window: TimeWindow | undefined;
}

/**
 * Checks a filter, and makes ready what it needs.
 *
 * @throws {TypeError} If a value has the wrong type.
 * @throws {RangeError} If a value is impossible.
 */
export function compileFilter(filter: RowFilter): CompiledFilter {
  const { tickers, patterns, underlying, adjusted = false, between } = filter;
  assertBoolean(adjusted, "adjusted");
  const set = tickers === undefined ? undefined : readTickers(tickers);
  const tests: ((ticker: string) => boolean)[] = [];
  const ranges: TickerRange[] = Array.from(
    set ?? [],
    (prefix) => ({ prefix, isExact: true }),
  );
  if (patterns !== undefined) {
    assertArray(patterns, "patterns");
    tests.push(...patterns.map(toTest));
    ranges.push(...patterns.map(toRange));
  }
  if (underlying !== undefined) {
    const roots = typeof underlying === "string" ? [underlying] : underlying;
    assertArray(roots, "underlying");
    for (const root of roots.map(toRoot)) {
      tests.push(toRootTest(root, adjusted));
      ranges.push({ prefix: root, isExact: false });
    }
  }
  if (between !== undefined) {
    assertOptions(between, BETWEEN_NAMES, "between");
    assertString(between.from, "between.from");
    assertString(between.to, "between.to");
  }
  return {
    plain: { ...filter, ...(set && { tickers: [...set] }) },
    test: tests.length === 0
      ? set
      : (ticker) =>
        set?.has(ticker) === true || tests.some((test) => test(ticker)),
    ranges: set === undefined && tests.length === 0 ? undefined : ranges,
    window: between && new TimeWindow(between),
  };
}

function readTickers(tickers: Iterable<string>): ReadonlySet<string> {
  if (typeof tickers === "string") tickers = [tickers];
  assertIterable(tickers, "tickers");
  const set = new Set<string>();
  for (const ticker of tickers) {
    assertString(ticker, "tickers");
    if (ticker === "" || /[,\r\n]/.test(ticker)) {
      throw wrongValue("tickers", "names without commas and line ends", ticker);
    }
    set.add(ticker);
  }
  return set;
}

function toTest(pattern: string): (ticker: string) => boolean {
  assertString(pattern, "patterns");
  const source = pattern.replaceAll(
    /[\\^$.*+?()[\]{}|/]/g,
    (special) =>
      special === "*" ? ".*" : special === "?" ? "." : `\\${special}`,
  );
  const expression = new RegExp(
    `^${source.replaceAll(/(\.\*)+/g, ".*")}$`,
    "su",
  );
  return (ticker) => expression.test(ticker);
}

/** The tickers that begin as a pattern does. */
function toRange(pattern: string): TickerRange {
  const wildcard = pattern.search(/[*?]/);
  return wildcard === -1
    ? { prefix: pattern, isExact: true }
    : { prefix: pattern.slice(0, wildcard), isExact: false };
}

function toRoot(underlying: string): string {
  assertString(underlying, "underlying");
  const root = `O:${underlying.replace(/^O:/, "")}`;
  if (root === "O:" || /[,\r\n]/.test(root)) {
    throw wrongValue("underlying", "a root such as SPY", underlying);
  }
  return root;
}

function toRootTest(
  root: string,
  isAdjusted: boolean,
): (ticker: string) => boolean {
  return (ticker) => {
    if (!ticker.startsWith(root)) return false;
    const more = ticker.slice(root.length, -CONTRACT_LENGTH);
    return ticker.length >= root.length + CONTRACT_LENGTH &&
      (more === "" || isAdjusted && /^\d$/.test(more));
  };
}
