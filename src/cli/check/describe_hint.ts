import type { DayHint } from "../../mirror/mod.ts";
import { describeColumns } from "../describe_columns.ts";
import { formatCount } from "../format.ts";

/** What stands out on a day, in a few words. */
export function describeHint(
  hint: DayHint,
  time: (at: Date) => string,
): string {
  switch (hint.code) {
    case "not-known":
      return "nothing is known";
    case "no-rows":
      return "no rows";
    case "times-outside": {
      const { first, last, tickers } = hint;
      const where = tickers === undefined
        ? ""
        : ` in ${formatCount(tickers, "ticker")}`;
      return `times outside this day${where}: from ${time(first)} to ${
        time(last)
      }`;
    }
    case "ends-early":
      return `ends at ${time(hint.last)}; the market closed at ${
        time(hint.close)
      }`;
    case "other-columns":
      return `other columns than on ${hint.before}: ${describeColumns(hint)}`;
    case "unusual-rows":
      return `${formatCount(hint.count, "row")}; usual are ${
        formatCount(hint.usual, "row")
      }`;
    case "unusual-tickers":
      return `${formatCount(hint.count, "ticker")}; usual are ${
        formatCount(hint.usual, "ticker")
      }`;
  }
}
