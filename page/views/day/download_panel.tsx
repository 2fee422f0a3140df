import { useEffect, useId, useState } from "preact/hooks";
import type {
  DayFacts,
  DayRange,
  DayRows,
} from "../../../src/web/ui/day/day_types.ts";
import { downloadName } from "../../../src/web/ui/day/download_name.ts";
import { ApiError, getJson, session } from "../../api.ts";
import { formatBytes, formatCount } from "../../formats.ts";
import { Button } from "../../parts/button.tsx";
import { CopyButton } from "../../parts/copy_button.tsx";
import { DateField } from "../../parts/date_field.tsx";
import { CheckField, SelectField } from "../../parts/field.tsx";
import { notify } from "../../parts/notices.tsx";
import { useStore } from "../../store.ts";
import {
  extractInPython,
  polarsOfFile,
  terminalCommand,
  type WantedRows,
} from "./commands.ts";
import { apiPath, useAnswer } from "./use_answer.ts";

type Format = WantedRows["format"];

/** Rows as a file, and the same in a terminal and in Python. */
export function DownloadPanel(
  { facts, ticker, first, asksService, revision }: {
    facts: DayFacts;
    ticker: string;
    /** The first day that is looked at: what is seen is what is offered. */
    first: string;
    asksService: boolean;
    revision: string;
  },
) {
  const { dataType, date } = facts;
  const [from, setFrom] = useState(first);
  useEffect(() => setFrom(first), [first]);
  const [to, setTo] = useState(date);
  const [names, setNames] = useState(ticker);
  const [format, setFormat] = useState<Format>("csv");
  const [isPartial, setPartial] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const namesId = useId();
  const isRange = from !== "" && to !== "" && from <= to;
  const tickers = linesOf(names);
  const service = asksService && format !== "parquet" ? "true" : undefined;
  const range = useAnswer<DayRange>(
    isRange
      ? apiPath("/api/day/range", { dataType, from, to, service })
      : undefined,
    revision,
  );
  const { dates = [], lacking = [], bytes = 0 } = range.value ?? {};
  const isReady = isRange && dates.length > 0 &&
    (lacking.length === 0 || isPartial) && !isBusy;

  async function download(): Promise<void> {
    const path = apiPath("/api/day/download", {
      ...{ dataType, from, to, format, service, ticker: tickers },
      partial: isPartial ? "true" : undefined,
    });
    setBusy(true);
    setProblem("");
    try {
      // A browser shows nothing of a download that is refused.
      const { name } = await getJson<{ name: string }>(`${path}&check=true`);
      const link = document.createElement("a");
      link.href = path;
      link.download = name;
      link.click();
      notify(
        "done",
        format === "parquet"
          ? `${name} is being made: the browser shows it once that is done`
          : `${name} is on its way: the browser shows how far it is`,
      );
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <div class="look-side stack">
      <section class="panel" aria-label="Download">
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (isReady) void download();
          }}
        >
          <h2>Download rows</h2>
          <div class="field">
            <label for={namesId}>Tickers, one a line</label>
            <textarea
              id={namesId}
              class="mono"
              rows={Math.min(6, Math.max(2, names.split("\n").length))}
              value={names}
              placeholder="all tickers"
              spellcheck={false}
              onInput={(event) => setNames(event.currentTarget.value)}
            />
          </div>
          <div class="row">
            <DateField
              label="From"
              value={from}
              onInput={setFrom}
            />
            <DateField
              label="To"
              value={to}
              onInput={setTo}
              error={isRange || to === "" || from === ""
                ? undefined
                : "It is before the first day"}
            />
            <SelectField
              label="Format"
              value={format}
              onInput={(value) => setFormat(value as Format)}
              options={[
                ["csv", "CSV"],
                ["arrow", "Arrow stream"],
                ["parquet", "Parquet"],
              ]}
            />
          </div>
          <p class="muted" role="status">
            {range.error?.message ??
              (range.value === undefined
                ? isRange ? "Looking the days up…" : ""
                : describeRange(range.value, bytes, tickers.length))}
          </p>
          {lacking.length > 0 && dates.length > 0 && (
            <CheckField checked={isPartial} onInput={setPartial}>
              leave out the {formatCount(lacking.length, "day")} that{" "}
              {lacking.length === 1 ? "is" : "are"} not there
            </CheckField>
          )}
          <div class="row">
            <Button type="submit" look="primary" disabled={!isReady}>
              {isBusy ? "Preparing…" : "Download"}
            </Button>
            <span class="muted">
              {NOTES[format]}
            </span>
          </div>
          {problem !== "" && (
            <p class="field-error break" role="alert">{problem}</p>
          )}
        </form>
      </section>
      {isRange && (
        <SameElsewhere
          facts={facts}
          from={from}
          to={to}
          tickers={tickers}
          format={format}
        />
      )}
    </div>
  );
}

const NOTES: Readonly<Record<Format, string>> = {
  csv: "the rows' bytes, unchanged",
  arrow: "typed, times in nanoseconds",
  parquet: "typed; made by DuckDB, which is fetched at the first use (24 MB)",
};

function SameElsewhere({ facts, from, to, tickers, format }: {
  facts: DayFacts;
  from: string;
  to: string;
  tickers: readonly string[];
  format: Format;
}) {
  const location = useStore(session)?.location ?? "";
  const { dataType, date, file } = facts;
  const isOneDay = from === to;
  const wanted: WantedRows = {
    ...{ location, dataType, from, to, tickers, format },
    name: downloadName({ dataType, from, to, tickers, format }),
  };
  const rows = useAnswer<DayRows>(
    isOneDay && from === date && facts.access === "file" &&
      !location.startsWith("s3://")
      ? apiPath("/api/day/rows", { dataType, date, limit: "1" })
      : undefined,
  );
  return (
    <section class="panel stack" aria-label="The same elsewhere">
      <h2>The same elsewhere</h2>
      <Code title="In a terminal" text={terminalCommand(wanted)} />
      <details>
        <summary>In Python</summary>
        <div class="stack">
          <Code title="Through flatbed" text={extractInPython(wanted)} />
          {rows.value !== undefined && file !== null && (
            <Code
              title="The day’s own file"
              text={polarsOfFile(
                `${location}/${file.path}`,
                rows.value.columns,
                facts.zone,
                tickers,
              )}
            />
          )}
        </div>
      </details>
    </section>
  );
}

function Code({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <div class="row look-title">
        <h3>{title}</h3>
        <CopyButton text={text} />
      </div>
      <pre class="look-code" tabIndex={0} aria-label={title}>{text}</pre>
    </div>
  );
}

/** The tickers in lines; a line feed at the end is none. */
function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ""))];
}

function describeRange(
  { dates, lacking }: DayRange,
  bytes: number,
  tickers: number,
): string {
  if (dates.length + lacking.length === 0) {
    return "No file is expected in this time.";
  }
  const there = dates.length === 0
    ? "None of these days can be read"
    : `${formatCount(dates.length, "day")} of ${formatBytes(bytes)}${
      tickers === 0 ? "" : " in all, of which the tickers’ rows are taken"
    }`;
  const named = lacking.slice(0, 4).map(({ date, why }) => `${date} (${why})`);
  const others = lacking.length - named.length;
  return lacking.length === 0
    ? `${there}.`
    : `${there}. Not there: ${named.join(", ")}${
      others > 0 ? ` and ${formatCount(others, "other day")}` : ""
    }.`;
}
