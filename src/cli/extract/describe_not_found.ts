import { didYouMean, quote } from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import type { ExtractSummaryEvent } from "../../mirror/mod.ts";
import type { RowFilter } from "../../rows/mod.ts";
import { formatCount } from "../format.ts";
import { tickerHint } from "../ticker_hint.ts";

/** So many names have a line of their own. */
const MOST_LINES = 3;
/** So many others are named. */
const MOST_NAMED = 10;

/** What is said of that of which there was no row: one line each. */
export function describeNotFound(
  { rows, days, notFound }: ExtractSummaryEvent,
  dataType: DataType,
  { patterns, between }: RowFilter,
): string[] {
  if (days === 0) return [];
  const where = `in ${formatCount(days, "day")} of ${dataType}`;
  const when = between === undefined
    ? ""
    : ` between ${between.from} and ${between.to}`;
  if (rows === 0 && notFound.length === 0) {
    const names = patterns?.map(quote).join(", ");
    return [`No rows${names ? ` of ${names}` : ""}${when} ${where}`];
  }
  const lines = notFound.slice(0, MOST_LINES).map((found) => {
    const { kind, name, isThere, near } = found;
    if (isThere && when !== "") {
      return `No rows of ${name}${when} ${where}: it has some at other times`;
    }
    const hint = kind === "ticker" ? tickerHint(dataType, name) : undefined;
    const names = kind === "ticker"
      ? near
      : near.map((root) => `--underlying ${root}`);
    return `No rows of ${name}${when} ${where}${
      didYouMean(hint === undefined ? names : [hint])
    }`;
  });
  const others = notFound.slice(MOST_LINES).map(({ name }) => name);
  if (others.length === 0) return lines;
  const more = others.length > MOST_NAMED ? ", …" : "";
  return [
    ...lines,
    `No rows of ${formatCount(others.length, "other ticker")}: ${
      others.slice(0, MOST_NAMED).join(", ")
    }${more}`,
  ];
}
