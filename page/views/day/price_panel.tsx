import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { DayFacts, DayPrices } from "../../../src/web/ui/day/day_types.ts";
import { formatCount, formatNumber } from "../../formats.ts";
import { useDark } from "../../parts/use_dark.ts";
import { Message } from "../../parts/message.tsx";
import { SelectField } from "../../parts/field.tsx";
import { goTo, hrefOf } from "../../router.ts";
import { clockOf } from "./clock.ts";
import { placeOf } from "./facts_panel.tsx";
import { layOut, summarizeDays } from "./price_layout.ts";
import { drawPrices, type PointedAt } from "./price_plot.ts";
import { apiPath, useAnswer } from "./use_answer.ts";

/** How many days before the day itself are shown, by the name of the span. */
const SPANS: Readonly<Record<string, readonly [days: number, text: string]>> = {
  day: [0, "this day"],
  week: [6, "a week to this day"],
  month: [30, "a month to this day"],
  quarter: [91, "three months to this day"],
  year: [365, "a year to this day"],
};

/** The first day of a span that ends with a day; the day itself where it is none. */
export function firstOfSpan(date: string, span: string): string {
  const [days = 0] = SPANS[span] ?? [];
  return daysBefore(date, days);
}

/** The prices of a ticker over some days, as a chart. */
export function PricePanel({ facts, ticker, span, asksService }: {
  facts: DayFacts;
  ticker: string;
  span: string;
  asksService: boolean;
}) {
  const { dataType, date, kind } = facts;
  const isDaily = kind === "day_aggs" || kind === "session_aggs";
  const name = span in SPANS ? span : isDaily ? "quarter" : "day";
  const [days = 0] = SPANS[name] ?? [];
  const from = firstOfSpan(date, name);
  const { value, error, isLoading } = useAnswer<DayPrices>(
    apiPath("/api/day/prices", {
      ...{ dataType, ticker, from, to: date },
      service: asksService ? "true" : undefined,
    }),
    facts.file?.sha256,
  );
  return (
    <section class="panel stack" aria-label={`Prices of ${ticker}`}>
      <div class="row look-title">
        <h2 class="break">
          {ticker}{" "}
          <a class="look-back" href={hrefOf("day", [dataType, date])}>
            whole day
          </a>
        </h2>
        <SelectField
          label="Prices of"
          value={name}
          onInput={(span) =>
            goTo(hrefOf("day", [dataType, date], { ticker, span }))}
          options={Object.entries(SPANS)
            .filter(([each]) => !isDaily || each !== "day")
            .map(([each, [, text]]) => [each, text])}
        />
      </div>
      {error !== undefined && (
        <Message kind="error" title="Prices cannot be read">
          {error.message}
        </Message>
      )}
      {isLoading && (
        <p class="muted look-chart-wait" role="status">
          Reading prices of {placeDays(days)}…
        </p>
      )}
      {value !== undefined && <Prices prices={value} ticker={ticker} />}
    </section>
  );
}

function Prices({ prices, ticker }: { prices: DayPrices; ticker: string }) {
  const { days, rows, kind } = prices;
  const lacking = days.filter((day) => day.lacking !== "");
  const without = days.filter((day) => day.lacking === "" && day.rows === 0);
  const drawn = days.reduce((sum, { points }) => sum + points, 0) +
    prices.askCounts.reduce((sum, count) => sum + count, 0);
  if (days.length === 0) {
    return <p class="muted">No file is expected on these days.</p>;
  }
  return (
    <>
      {drawn === 0
        ? (
          <p class="muted">
            {prices.problem || (rows === 0
              ? `${ticker} has no row on ${
                days.length === 1 ? "this day" : "these days"
              }.`
              : "No row has a price and a time.")}
          </p>
        )
        : <Chart prices={prices} ticker={ticker} />}
      <ul class="look-notes muted">
        {drawn > 0 && <li>{describePoints(prices, drawn)}</li>}
        {prices.without > 0 && (
          <li>
            {formatCount(prices.without, "row")} without a price or a time{" "}
            {prices.without === 1 ? "is" : "are"} left out.
          </li>
        )}
        {lacking.length > 0 && (
          <li>
            {formatCount(lacking.length, "day")} not shown:{" "}
            {describeLacking(lacking)}.
          </li>
        )}
        {without.length > 0 && rows > 0 && (
          <li>
            No row of {ticker} on {listDates(without.map(({ date }) => date))}.
          </li>
        )}
      </ul>
      {drawn > 0 && (
        <details>
          <summary>Day by day</summary>
          <div
            class="scroll look-rows"
            tabIndex={0}
            role="group"
            aria-label="Prices day by day"
          >
            <table>
              <thead>
                <tr>
                  <th scope="col">Day</th>
                  {["Rows", "First", "High", "Low", "Last"].map((name) => (
                    <th scope="col" class="number" key={name}>
                      {kind === "quotes" && name !== "Rows"
                        ? `${name} bid`
                        : name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {summarizeDays(prices).toReversed().map((day) => (
                  <tr key={day.date}>
                    <td>{day.date}</td>
                    <td class="number">
                      {day.lacking === ""
                        ? formatNumber(day.rows)
                        : day.lacking}
                    </td>
                    {[day.open, day.high, day.low, day.close].map((
                      price,
                      at,
                    ) => <td class="number" key={at}>{price}</td>)}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </>
  );
}

function Chart({ prices, ticker }: { prices: DayPrices; ticker: string }) {
  const element = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<PointedAt>();
  const isDark = useDark();
  const layout = useMemo(() => layOut(prices), [prices]);
  useEffect(() => {
    if (element.current === null) return;
    return drawPrices(element.current, layout, {
      hasRanges: prices.kind === "bars" || prices.width > 0,
      zone: prices.zone,
      onPoint: setPointed,
    });
  }, [layout, isDark]);
  return (
    <figure class="look-chart">
      <p class="look-readout" aria-hidden="true">
        {pointed === undefined
          ? prices.kind === "quotes"
            ? "Bids as a line, asks dashed. Point at the chart for prices; drag to see a part of it."
            : "Point at the chart for prices; drag to see a part of it, double-click for all."
          : describePoint(prices, pointed, layout.isDaily)}
      </p>
      <div ref={element} role="img" aria-label={altText(prices, ticker)} />
    </figure>
  );
}

function describePoint(
  { kind, zone, width }: DayPrices,
  { time, date, lines }: PointedAt,
  isDaily: boolean,
): string {
  const moment = isDaily ? date : clockOf(zone, "")(time);
  const [first, second] = lines;
  if (first === undefined) return moment;
  if (kind === "quotes") {
    return `${moment}  bid ${first.close}${
      second === undefined ? "" : `  ask ${second.close}`
    }`;
  }
  return kind === "bars" || width > 0
    ? `${moment}  open ${first.open}  high ${first.high}  low ${first.low}  close ${first.close}`
    : `${moment}  ${first.close}`;
}

/** What the points stand for: that much is left out is said. */
function describePoints(prices: DayPrices, points: number): string {
  const { kind, rows, width, zone } = prices;
  const what = {
    bars: "bar",
    trades: "trade",
    quotes: "quote",
    values: "value",
  };
  const all = formatCount(rows, what[kind]);
  const times = `Times are those of ${placeOf(zone)}.`;
  const range = kind === "bars"
    ? "first, highest, lowest and last price"
    : "lowest, highest and last price";
  return width === 0
    ? `${all}, each as it is. ${times}`
    : `${all} as ${formatCount(points, "point")}: each has the ${range} of ${
      describeWidth(width)
    }, so no extreme is left out. ${times}`;
}

/** A time that points stand for: `5 minutes`. */
function describeWidth(milliseconds: number): string {
  const [count, unit] = milliseconds < 1000
    ? [milliseconds, "millisecond"]
    : milliseconds < 60_000
    ? [milliseconds / 1000, "second"]
    : milliseconds < 3_600_000
    ? [milliseconds / 60_000, "minute"]
    : [milliseconds / 3_600_000, "hour"];
  return formatCount(count, unit);
}

function altText(prices: DayPrices, ticker: string): string {
  const { low, high, close } = prices.points;
  const least = low.reduce((a, b) => Math.min(a, b), Infinity);
  const most = high.reduce((a, b) => Math.max(a, b), -Infinity);
  const { days } = prices;
  const [first, last] = [days.at(0)?.date, days.at(-1)?.date];
  return `${
    prices.kind === "quotes" ? "Bids" : "Prices"
  } of ${ticker} from ${first} to ${last}: between ${least} and ${most}, in the end ${
    close.at(-1)
  }`;
}

function describeLacking(days: DayPrices["days"]): string {
  const groups = Map.groupBy(days, ({ lacking }) => lacking);
  return [...groups].map(([why, days]) =>
    `${listDates(days.map(({ date }) => date))} (${why})`
  ).join(", ");
}

/** So many dates are named. */
const MOST_DATES = 6;

function listDates(dates: readonly string[]): string {
  const named = dates.slice(0, MOST_DATES).join(", ");
  const others = dates.length - MOST_DATES;
  return others > 0
    ? `${named} and ${formatCount(others, "other day")}`
    : named;
}

function daysBefore(date: string, days: number): string {
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time)
    ? date
    : new Date(time - days * 86_400_000).toISOString().slice(0, 10);
}

function placeDays(days: number): string {
  return days === 0 ? "the day" : `${days + 1} days`;
}
