import { useState } from "preact/hooks";
import type { DayFacts, DayRows } from "../../../src/web/ui/day/day_types.ts";
import { formatCount } from "../../formats.ts";
import { Button } from "../../parts/button.tsx";
import { CheckField } from "../../parts/field.tsx";
import { Message } from "../../parts/message.tsx";
import { shortTime } from "./clock.ts";
import { placeOf } from "./facts_panel.tsx";
import { apiPath, useAnswer } from "./use_answer.ts";

const FIRST = 20;
const MOST = 200;

/** The first rows of a day, or of a ticker. */
export function RowsPanel({ facts, ticker, asksService }: {
  facts: DayFacts;
  ticker: string;
  asksService: boolean;
}) {
  const { dataType, date } = facts;
  const [isExact, setExact] = useState(false);
  const [limit, setLimit] = useState(FIRST);
  const { value, error, isLoading } = useAnswer<DayRows>(
    apiPath("/api/day/rows", {
      ...{ dataType, date, limit: String(limit) },
      ticker: ticker === "" ? undefined : ticker,
      service: asksService ? "true" : undefined,
    }),
    facts.file?.sha256,
  );
  const title = ticker === "" ? "First rows" : `First rows of ${ticker}`;
  const times = value?.columns.filter((_, at) => value.times[at] !== undefined);
  return (
    <section class="panel stack" aria-label={title}>
      <div class="row look-title">
        <h2 class="break">{title}</h2>
        {times !== undefined && times.length > 0 && (
          <CheckField checked={isExact} onInput={setExact}>
            times as in the file
          </CheckField>
        )}
      </div>
      {error !== undefined && (
        <Message kind="error" title="The rows cannot be read">
          {error.message}
        </Message>
      )}
      {isLoading && value === undefined && (
        <p class="muted" role="status">Reading rows…</p>
      )}
      {value !== undefined && value.rows.length === 0 && (
        <p class="muted">
          {ticker === ""
            ? "The file has no rows."
            : `${ticker} has no row on this day.`}
        </p>
      )}
      {value !== undefined && value.rows.length > 0 && (
        <>
          <div
            class="scroll look-rows"
            tabIndex={0}
            role="group"
            aria-label={title}
          >
            <RowsTable rows={value} date={date} isExact={isExact} />
          </div>
          <p class="muted row">
            {value.hasMore
              ? `The first ${
                formatCount(value.rows.length, "row")
              }, as the file has them`
              : `${formatCount(value.rows.length, "row")}: all there are`}
            {times !== undefined && times.length > 0 && !isExact &&
              `; times in ${placeOf(value.zone)}`}.
            {value.hasMore && limit < MOST && (
              <Button onClick={() => setLimit(MOST)}>Show {MOST}</Button>
            )}
          </p>
        </>
      )}
    </section>
  );
}

function RowsTable({ rows: { columns, rows, times }, date, isExact }: {
  rows: DayRows;
  date: string;
  isExact: boolean;
}) {
  const isNumber = columns.map(({ type }) =>
    type === "integer" || type === "decimal" || type === "timestamp"
  );
  return (
    <table class="mono">
      <thead>
        <tr>
          {columns.map(({ name, about }, at) => (
            <th
              key={name}
              scope="col"
              class={isNumber[at] ? "number" : undefined}
              title={about === "" ? undefined : about}
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, number) => (
          <tr key={number}>
            {row.map((value, at) => {
              const time = times[at]?.[number];
              const isShort = !isExact && time != null;
              return (
                <td
                  key={at}
                  class={isNumber[at] ? "number" : undefined}
                  title={isShort ? `${time} · ${value}` : undefined}
                >
                  {isShort ? shortTime(time, date) : value}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
