import { useEffect, useState } from "preact/hooks";
import type {
  DayFacts,
  DayTicker,
  DayTickers,
} from "../../../src/web/ui/day/day_types.ts";
import { ApiError, getJson } from "../../api.ts";
import { formatCount, formatNumber } from "../../formats.ts";
import { Button } from "../../parts/button.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { notifyError } from "../../parts/notices.tsx";
import { goTo, hrefOf } from "../../router.ts";
import { clockOf } from "./clock.ts";
import { apiPath, useAnswer } from "./use_answer.ts";

/** So long is waited whether somebody types on, in milliseconds. */
const TYPING_MS = 120;

/** The tickers of a day, with a search. */
export function TickerList({ facts, selected, span, asksService, revision }: {
  facts: DayFacts;
  asksService: boolean;
  selected: string;
  span: string;
  revision: string;
}) {
  const { dataType, date } = facts;
  const isDaily = facts.kind === "day_aggs" || facts.kind === "session_aggs";
  const [typed, setTyped] = useState("");
  const [text, setText] = useState("");
  const [order, setOrder] = useState(isDaily ? "name" : "rows");
  const [more, setMore] = useState<readonly DayTicker[]>([]);
  useEffect(() => {
    const timer = setTimeout(() => setText(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const service = asksService ? "true" : undefined;
  const path = apiPath("/api/day/tickers", {
    ...{ dataType, date, text, order, service },
  });
  const { value, error, isLoading } = useAnswer<DayTickers>(path, revision);
  const [shown, setShown] = useState<DayTickers>();
  useEffect(() => {
    setMore([]);
    if (value !== undefined) setShown(value);
  }, [value]);
  const list = shown && [...shown.tickers, ...more];
  // Enter may be faster than the answer.
  const [isMeant, setMeant] = useState(false);
  useEffect(() => {
    if (!isMeant || typed !== text || isLoading || value === undefined) return;
    setMeant(false);
    const meant = oneOf(value.tickers.map(({ ticker }) => ticker), text);
    if (meant !== undefined && meant !== selected) {
      goTo(hrefOf("day", [dataType, date], { ticker: meant, span }));
    }
  }, [isMeant, typed, text, isLoading, value]);
  const clock = clockOf(facts.zone, date);
  return (
    <section class="panel look-tickers" aria-label="Tickers">
      <h2>Tickers</h2>
      <div class="row">
        <TextField
          label="Search"
          type="search"
          value={typed}
          placeholder={EXAMPLES[dataType.split("_")[0] ?? ""] ?? "AAPL"}
          onInput={(value) => {
            setTyped(value);
            setMeant(false);
          }}
          onEnter={() => setMeant(typed.trim() !== "")}
        />
        <SelectField
          label="Sorted by"
          value={order}
          onInput={setOrder}
          options={[["rows", "most rows"], ["name", "name"]]}
        />
      </div>
      <p class="muted" role="status">
        {error?.message ?? shown?.problem ??
          (isLoading ? "Reading the tickers…" : "")}
        {shown !== undefined && shown.problem === "" && error === undefined &&
          summary(shown, text)}
      </p>
      {shown !== undefined && shown.near.length > 0 && (
        <p class="row">
          Near: {shown.near.slice(0, 4).map((name) => (
            <Button
              key={name}
              onClick={() => setTyped(name)}
            >
              {name}
            </Button>
          ))}
        </p>
      )}
      {list !== undefined && list.length > 0 && (
        <div
          class={`look-ticker-scroll${isLoading ? " look-stale" : ""}`}
          tabIndex={0}
          role="group"
          aria-label="Tickers that were found"
        >
          <table>
            <thead>
              <tr>
                <th scope="col">Ticker</th>
                <th scope="col" class="number">Rows</th>
                {!isDaily && <th scope="col" class="number">First to last</th>}
              </tr>
            </thead>
            <tbody>
              {list.map((each) => (
                <tr
                  key={each.ticker}
                  class={each.ticker === selected ? "look-selected" : undefined}
                >
                  <td>
                    <a
                      class="mono"
                      href={hrefOf("day", [dataType, date], {
                        ticker: each.ticker === selected ? "" : each.ticker,
                        span,
                      })}
                      aria-current={each.ticker === selected
                        ? "true"
                        : undefined}
                      title={each.ticker === selected
                        ? "Look at the whole day again"
                        : undefined}
                    >
                      {each.ticker}
                    </a>
                  </td>
                  <td class="number">{formatNumber(each.rows)}</td>
                  {!isDaily && (
                    <td
                      class="number muted"
                      title={each.first === null || each.last === null
                        ? undefined
                        : `${clock(each.first)} to ${clock(each.last)}`}
                    >
                      {each.first === null || each.last === null
                        ? ""
                        : `${toMinute(clock(each.first))}–${
                          toMinute(clock(each.last))
                        }`}
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
          {shown !== undefined && list.length < shown.found && (
            <Button
              onClick={async () => {
                try {
                  const offset = String(list.length);
                  const next = await getJson<DayTickers>(
                    `${path}&offset=${offset}`,
                  );
                  setMore([...more, ...next.tickers]);
                } catch (error) {
                  if (error instanceof ApiError) notifyError(error);
                }
              }}
            >
              Show {formatNumber(Math.min(100, shown.found - list.length))} more
            </Button>
          )}
        </div>
      )}
    </section>
  );
}

/** A time without its seconds, and without the year of a date. */
function toMinute(text: string): string {
  return text.replace(/^\d{4}-/, "").slice(0, -3);
}

/** What one may search for, by the market. */
const EXAMPLES: Readonly<Record<string, string>> = {
  options: "SPY240621C",
  futures: "ESH4",
  indices: "SPX",
  forex: "EURUSD",
  crypto: "BTCUSD",
};

function summary({ found, total }: DayTickers, text: string): string {
  if (text.trim() === "") {
    return total === null ? "" : formatCount(total, "ticker");
  }
  if (found === 0) return `No ticker has ${JSON.stringify(text)} in its name.`;
  return total === null
    ? formatCount(found, "ticker")
    : `${formatNumber(found)} of ${formatCount(total, "ticker")}`;
}

/** The name that is called as was typed, or the only one. */
function oneOf(names: readonly string[], typed: string): string | undefined {
  const text = typed.trim();
  return names.find((name) => name === text) ??
    names.find((name) => name === text.toUpperCase()) ??
    (names.length === 1 ? names[0] : undefined);
}
