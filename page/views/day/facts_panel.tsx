import type { ComponentChildren } from "preact";
import type { DayFacts } from "../../../src/web/ui/day/day_types.ts";
import { DAY_LOOKS } from "../../../src/web/day_looks.ts";
import { formatBytes, formatNumber, formatTime } from "../../formats.ts";
import { CopyButton } from "../../parts/copy_button.tsx";
import { Figure } from "../../parts/figure.tsx";
import { clockOf } from "./clock.ts";

/** What is known of a day's file and rows. */
export function FactsPanel({ facts }: { facts: DayFacts }) {
  const { rows, file, zone } = facts;
  const clock = clockOf(zone, facts.date);
  const isDaily = facts.kind === "day_aggs" || facts.kind === "session_aggs";
  const state = facts.state === "before"
    ? "before the first"
    : DAY_LOOKS[facts.state].name;
  return (
    <section class="panel look-facts" aria-label="Facts of this day">
      <dl class="figures">
        <Figure
          label="state"
          tone={facts.state === "missing"
            ? "bad"
            : facts.state === "damaged"
            ? "warn"
            : undefined}
        >
          {state}
        </Figure>
        {rows !== null && (
          <Figure label="rows">{formatNumber(rows.rows)}</Figure>
        )}
        {rows !== null && (
          <Figure label="tickers">
            {rows.tickers === null ? "not listed" : formatNumber(rows.tickers)}
          </Figure>
        )}
        {file !== null && (
          <Figure label={facts.access === "file" ? "file" : "size of the file"}>
            {formatBytes(facts.access === "file" ? file.bytes : file.size)}
          </Figure>
        )}
        {rows?.first != null && rows.last !== null && !isDaily && (
          <Figure label={`first to last, ${placeOf(zone)}`}>
            {clock(rows.first)} – {clock(rows.last)}
          </Figure>
        )}
        {facts.parquet !== null && (
          <Figure label="Parquet">{formatBytes(facts.parquet.bytes)}</Figure>
        )}
      </dl>
      <details>
        <summary>All about this file</summary>
        <dl class="look-list">
          <Fact name="Key" text={facts.key} hasCopy />
          {file !== null && (
            <>
              <Fact name="Path" text={file.path} hasCopy />
              <Fact name="ETag" text={file.etag} hasCopy />
              <Fact name="SHA-256" text={file.sha256} hasCopy />
              <Fact
                name="Size"
                text={`${formatNumber(file.bytes)} bytes${
                  file.bytes === file.size
                    ? ""
                    : `; ${
                      formatNumber(file.size)
                    } bytes as the service stores it`
                }`}
              />
              <Time name="Published" instant={file.publishedAt} />
              <Time name="Fetched" instant={file.fetchedAt} />
              <Time
                name="Verified"
                instant={file.verifiedAt}
                none="not since it was fetched"
              />
              <Time name="Released" instant={file.releasedAt} />
              <Time
                name="No longer listed upstream since"
                instant={file.withdrawnAt}
              />
            </>
          )}
          {facts.parquet !== null && (
            <Fact name="Parquet" text={facts.parquet.path} hasCopy />
          )}
          <Fact
            name="Index"
            text={facts.hasIndex
              ? "there is one"
              : facts.needsIndex
              ? "none"
              : facts.access === "file"
              ? "none, and none is needed: the file is small"
              : "none"}
          />
        </dl>
      </details>
    </section>
  );
}

function Fact({ name, text, hasCopy = false }: {
  name: string;
  text: ComponentChildren;
  hasCopy?: boolean;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="break">
        {hasCopy ? <code>{text}</code> : text}
        {hasCopy && typeof text === "string" && (
          <CopyButton text={text} label={`Copy`} />
        )}
      </dd>
    </div>
  );
}

function Time({ name, instant, none }: {
  name: string;
  instant: string | null;
  none?: string;
}) {
  if (instant === null) {
    return none === undefined ? null : <Fact name={name} text={none} />;
  }
  return (
    <Fact
      name={name}
      text={
        <time dateTime={instant} title={instant}>{formatTime(instant)}</time>
      }
    />
  );
}

/** `New York` for `America/New_York`. */
export function placeOf(zone: string): string {
  return zone.replace(/^.*\//, "").replaceAll("_", " ");
}
