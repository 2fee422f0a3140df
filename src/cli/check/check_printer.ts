import { NO_ROWS_REASONS, toRanges } from "../../catalog/mod.ts";
import type { DayCheck } from "../../mirror/mod.ts";
import { formatCount } from "../format.ts";
import { print, printError } from "../terminal.ts";
import { describeHint } from "./describe_hint.ts";

/** Prints what was found out about the days of a dataset. */
export class CheckPrinter {
  readonly #clock: (time: Date) => string;
  /** Days in a row of which nothing is known, for the same reason. */
  #unknown: DayCheck[] = [];
  #known = 0;
  #withHints = 0;
  #notKnown = 0;

  /** With times on a market's clock. */
  constructor(clock: (time: Date) => string) {
    this.#clock = clock;
  }

  /** Whether there was no day. */
  get isEmpty(): boolean {
    return this.#known + this.#notKnown === 0;
  }

  /** Prints a day; many of which nothing is known become one. */
  add(day: DayCheck): void {
    const why = whyUnknown(day);
    const [before] = this.#unknown;
    if (before !== undefined && whyUnknown(before) !== why) {
      this.#printUnknown();
    }
    if (why !== undefined) {
      this.#unknown.push(day);
      this.#notKnown++;
      return;
    }
    this.#known++;
    if (day.hints.length > 0) this.#withHints++;
    this.#printDay(day);
  }

  /** Prints what all days come to. */
  end(): void {
    this.#printUnknown();
    const known = formatCount(this.#known, "day");
    const parts = [
      this.#known === 0
        ? ""
        : this.#withHints === 0
        ? `nothing stands out in ${known}`
        : `something stands out in ${this.#withHints} of ${known}`,
      this.#notKnown === 0
        ? ""
        : `nothing is known of ${formatCount(this.#notKnown, "day")}`,
    ].filter((part) => part !== "");
    const text = parts.join("; ");
    printError(text.charAt(0).toUpperCase() + text.slice(1));
  }

  #printUnknown(): void {
    const [first] = this.#unknown;
    if (first === undefined) return;
    for (const { from, to, days } of toRanges(this.#unknown)) {
      const range = days === 1
        ? from
        : `${from} to ${to} (${formatCount(days, "day")})`;
      print(`${range}\n  nothing is known: ${whyUnknown(first)}`);
    }
    this.#unknown = [];
  }

  #printDay({ date, rows, tickers, first, last, hints }: DayCheck): void {
    const time = (at: Date) => {
      const text = this.#clock(at);
      return text.startsWith(`${date} `) ? text.slice(date.length + 1) : text;
    };
    const facts = [
      rows === undefined ? undefined : formatCount(rows, "row"),
      tickers === undefined ? undefined : formatCount(tickers, "ticker"),
      first && last && `${time(first)} to ${time(last)}`,
    ];
    print([date, ...facts.filter((fact) => fact !== undefined)].join("  "));
    for (const hint of hints) print(`  ${describeHint(hint, time)}`);
  }
}

/** Why nothing is known of a day. */
function whyUnknown({ hints }: DayCheck): string | undefined {
  const [hint] = hints;
  if (hint?.code !== "not-known") return undefined;
  return hint.error?.message ?? NO_ROWS_REASONS[hint.reason];
}
