import { useEffect, useState } from "preact/hooks";
import type { DayChoices, DayFacts } from "../../src/web/ui/day/day_types.ts";
import type { ViewProps } from "../app.tsx";
import { onServerEvent } from "../api.ts";
import { formatDate } from "../formats.ts";
import { Message } from "../parts/message.tsx";
import { hrefOf } from "../router.ts";
import { DayLack } from "./day/day_lack.tsx";
import { DayPicker } from "./day/day_picker.tsx";
import { DownloadPanel } from "./day/download_panel.tsx";
import { FactsPanel } from "./day/facts_panel.tsx";
import { firstOfSpan, PricePanel } from "./day/price_panel.tsx";
import { RowsPanel } from "./day/rows_panel.tsx";
import { TickerList } from "./day/ticker_list.tsx";
import { apiPath, useAnswer } from "./day/use_answer.ts";

/** Looks into a day of a dataset: `#/day/stocks_minute/2024-01-02?ticker=AAPL`. */
export function DayView({ route }: ViewProps) {
  const [dataType, date] = route.parts;
  const revision = useRevision();
  const [hasDays, setHasDays] = useState(false);
  // Asked again until there is a day: later, each file that arrives would ask for all.
  const choices = useAnswer<DayChoices>(
    "/api/day/choices",
    hasDays ? "" : revision,
  );
  useEffect(() => {
    if (choices.value?.datasets.some(({ days }) => days > 0)) setHasDays(true);
  }, [choices.value]);
  const isNamed = dataType !== undefined && date !== undefined;
  const last = choices.value?.datasets.find((each) =>
    each.last !== null && (dataType === undefined || each.dataType === dataType)
  );
  useEffect(() => {
    if (isNamed || last === undefined) return;
    // Not a step of the history: going back leaves the view.
    location.replace(hrefOf("day", [last.dataType, last.last ?? ""]));
  }, [isNamed, last?.dataType, last?.last]);

  if (choices.error !== undefined) {
    return (
      <Message kind="error" title="The mirror cannot be read">
        {choices.error.message}
      </Message>
    );
  }
  if (choices.value === undefined) return <p class="muted">Reading…</p>;
  if (!isNamed) {
    return last !== undefined ? <p class="muted">Reading…</p> : (
      <>
        <h1>Look into a day</h1>
        <Message
          title={dataType === undefined
            ? "There is no day to look into yet"
            : `There is no file of ${dataType} yet`}
          action={<a class="button" href={hrefOf("do")}>Start a sync</a>}
        >
          The mirror has no files. Fetch some days first, then look into them
          here.
        </Message>
      </>
    );
  }
  return (
    <OneDay
      key={`${dataType} ${date}`}
      choices={choices.value}
      dataType={dataType}
      date={date}
      ticker={route.query.get("ticker") ?? ""}
      span={route.query.get("span") ?? ""}
      revision={revision}
    />
  );
}

function OneDay({ choices, dataType, date, ticker, span, revision }: {
  choices: DayChoices;
  dataType: string;
  date: string;
  /** The ticker that is looked at; empty for the whole day. */
  ticker: string;
  /** Over which time prices are shown. */
  span: string;
  revision: string;
}) {
  const facts = useAnswer<DayFacts>(
    apiPath("/api/day", { dataType, date }),
    revision,
  );
  const [asksService, askService] = useState(false);
  const known = facts.value;
  const canRead = known !== undefined &&
    (known.access === "file" || known.access === "ranges" && asksService);
  const hasTickers = known !== undefined &&
    (known.access === "file" || known.hasIndex);
  return (
    <div class="look">
      <h1>
        {dataType} <span class="look-date">{formatDateOf(date)}</span>
      </h1>
      <DayPicker
        choices={choices}
        dataType={dataType}
        date={date}
        facts={known}
        ticker={ticker}
      />
      {facts.error !== undefined && (
        <Message kind="error" title="This day cannot be shown">
          {facts.error.message}
        </Message>
      )}
      {facts.isLoading && <p class="muted" role="status">Reading the day…</p>}
      {known !== undefined && (
        <>
          <DayLack
            facts={known}
            asksService={asksService}
            askService={() => askService(true)}
          />
          <FactsPanel facts={known} />
          <div class={`look-grid${hasTickers ? "" : " look-grid-bare"}`}>
            {hasTickers && (
              <TickerList
                facts={known}
                selected={ticker}
                span={span}
                asksService={asksService}
                revision={revision}
              />
            )}
            <div class="look-main stack">
              {hasTickers && ticker !== "" && (
                <PricePanel
                  facts={known}
                  ticker={ticker}
                  span={span}
                  asksService={asksService}
                />
              )}
              {canRead && (
                <RowsPanel
                  facts={known}
                  ticker={ticker}
                  asksService={asksService}
                />
              )}
            </div>
            {canRead && (
              <DownloadPanel
                key={ticker}
                facts={known}
                ticker={ticker}
                first={ticker === "" ? date : firstOfSpan(date, span)}
                asksService={asksService}
                revision={revision}
              />
            )}
          </div>
        </>
      )}
    </div>
  );
}

/** The date with its weekday; as it is, where it is none. */
function formatDateOf(date: string): string {
  return Number.isNaN(Date.parse(date)) ? date : formatDate(date);
}

/** The mirror's revision: another text whenever somebody has changed it. */
function useRevision(): string {
  const [revision, setRevision] = useState("");
  useEffect(
    () =>
      onServerEvent<{ revision: string }>(
        "mirror",
        (event) => setRevision(event.revision),
      ),
    [],
  );
  return revision;
}
