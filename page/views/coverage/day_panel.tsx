import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { DAY_LOOKS } from "../../../src/web/day_looks.ts";
import type { DayFacts } from "../../../src/web/ui/day/day_types.ts";
import { getJson, session } from "../../api.ts";
import {
  formatBytes,
  formatCount,
  formatDate,
  formatNumber,
  formatTime,
} from "../../formats.ts";
import { Button } from "../../parts/button.tsx";
import { hrefOf } from "../../router.ts";
import { useStore } from "../../store.ts";
import { type ActiveDay, activeDay } from "./active_day.ts";
import { lookOf } from "./dataset_days.ts";
import { dateOf } from "./dates.ts";
import { DayMark } from "./day_mark.tsx";

/** So long the pointer rests before the server is asked, in milliseconds. */
const REST = 90;
/** So many days' facts are kept. */
const MOST_KEPT = 500;
const kept = new Map<string, DayFacts>();

/** Forgets what was known of days: the mirror has changed. */
export function forgetDays(): void {
  kept.clear();
}

/** The facts of the day that is pointed at, beside its square. */
export function DayPanel() {
  const active = useStore(activeDay);
  return active === undefined ? null : <Panel active={active} />;
}

function Panel({ active }: { active: ActiveDay }) {
  const { data, day, place, by } = active;
  const date = dateOf(day);
  const look = lookOf(data, day);
  const { facts, error } = useFacts(data.id, date);
  const panel = useRef<HTMLDivElement>(null);
  const isChosen = by === "choice";
  const { isReadOnly } = useStore(session) ?? { isReadOnly: true };

  const put = () => {
    const box = panel.current;
    if (box === null) return;
    const { offsetWidth: width, offsetHeight: height } = box;
    const [left, top] = [place.left - scrollX, place.top - scrollY];
    const room = document.documentElement.clientWidth;
    const x = Math.max(8, Math.min(left - 20, room - width - 8));
    const below = top + place.size + 10;
    const fits = below + height < innerHeight - 8;
    const y = fits ? below : Math.max(8, top - height - 10);
    box.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  };
  useLayoutEffect(put);

  useEffect(() => {
    if (isChosen) {
      panel.current?.querySelector<HTMLElement>("a, button")?.focus({
        preventScroll: true,
      });
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") close(active);
    };
    const onDown = (event: Event) => {
      const isOutside = event.target instanceof Element &&
        event.target.closest(".day-panel, .days") === null;
      if (isOutside) activeDay.set(undefined);
    };
    const onScroll = () => by === "pointer" ? activeDay.set(undefined) : put();
    addEventListener("keydown", onKey);
    addEventListener("pointerdown", onDown);
    addEventListener("scroll", onScroll, { passive: true });
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("pointerdown", onDown);
      removeEventListener("scroll", onScroll);
    };
  }, [active]);

  const name = look === undefined
    ? "before the first day"
    : DAY_LOOKS[look].name;
  return (
    <div
      ref={panel}
      class={`day-panel${isChosen ? " day-panel-chosen" : ""}`}
      role={isChosen ? "dialog" : "tooltip"}
      aria-label={`${data.id}, ${date}`}
    >
      <p class="day-panel-head">
        <b>{formatDate(date)}</b> <span class="muted">{data.id}</span>
      </p>
      <p class="day-panel-state">
        {look !== undefined && <DayMark name={look} size={11} />}
        <span>{name}</span>
      </p>
      <p class="muted">
        {facts?.advice || (look && DAY_LOOKS[look].meaning)}
      </p>
      {error !== undefined
        ? <p class="bad">{error}</p>
        : facts === undefined
        ? <p class="muted">…</p>
        : <Facts facts={facts} />}
      {isChosen && (
        <p class="day-panel-actions">
          <a class="button" href={hrefOf("day", [data.id, date])}>
            Look into this day
          </a>
          {!isReadOnly && (
            <Actions
              id={data.id}
              date={date}
              look={look}
              isLost={facts?.job === "repair"}
            />
          )}
          <Button look="plain" onClick={() => close(active)}>Close</Button>
        </p>
      )}
      {by === "pointer" && (
        <p class="day-panel-hint muted">Click for what can be done</p>
      )}
      <p class="hidden" aria-live="polite">
        {by === "keyboard" && facts !== undefined ? sentenceOf(facts) : ""}
      </p>
    </div>
  );
}

/** Closes what was chosen; who came by the keyboard goes on in the calendar. */
function close({ by, goBack }: ActiveDay): void {
  activeDay.set(undefined);
  if (by === "choice") goBack();
}

/** What can be done about a day that is not as it should be. */
function Actions(
  { id, date, look, isLost }: {
    id: string;
    date: string;
    look: ReturnType<typeof lookOf>;
    /** Whether the file was here, and is gone or damaged: that is no hole to accept. */
    isLost: boolean;
  },
) {
  const href = (kind: string) =>
    hrefOf("do", [], { kind, dataset: id, from: date, to: date });
  switch (look) {
    case "missing":
      if (isLost) {
        return (
          <a class="button button-primary" href={href("repair")}>Repair it</a>
        );
      }
      return (
        <>
          <a class="button button-primary" href={href("sync")}>Fetch it</a>
          <a class="button" href={href("accept")}>Accept the hole</a>
        </>
      );
    case "accepted":
      return <a class="button" href={href("expect")}>Expect it again</a>;
    case "damaged":
      return <a class="button" href={href("repair")}>Repair</a>;
    case "released": {
      const days = { from: date, to: date, released: "true" };
      return (
        <a
          class="button"
          href={hrefOf("do", [], { kind: "sync", dataset: id, ...days })}
        >
          Fetch it again
        </a>
      );
    }
    case "optional":
    case "refused":
    case "not-published":
      return <a class="button" href={href("sync")}>Fetch it</a>;
    default:
      return null;
  }
}

function Facts(
  { facts: { file, key, parquet, rows, command, state } }: { facts: DayFacts },
) {
  return (
    <>
      <dl class="day-facts">
        {file !== null && (
          <>
            <Fact name="Size">
              {file.releasedAt === null
                ? formatBytes(file.bytes)
                : "nothing here"}
              {file.size !== file.bytes && (
                <>, stored {formatBytes(file.size)}</>
              )}
            </Fact>
            {file.publishedAt !== null && (
              <Fact name="Published">{formatTime(file.publishedAt)}</Fact>
            )}
            <Fact name="Fetched">{formatTime(file.fetchedAt)}</Fact>
            {file.releasedAt !== null && (
              <Fact name="Released">{formatTime(file.releasedAt)}</Fact>
            )}
            {file.withdrawnAt !== null && (
              <Fact name="Not listed since">
                {formatTime(file.withdrawnAt)}
              </Fact>
            )}
            {file.gzipFault !== null && (
              <Fact name="Its gzip">{file.gzipFault}</Fact>
            )}
          </>
        )}
        {rows !== null && (
          <>
            <Fact name="Rows">{formatNumber(rows.rows)}</Fact>
            {rows.tickers !== null && (
              <Fact name="Tickers">{formatNumber(rows.tickers)}</Fact>
            )}
          </>
        )}
        {parquet !== null && (
          <Fact name="Parquet">{formatBytes(parquet.bytes)}</Fact>
        )}
        {file !== null && (
          <Fact name="ETag">
            <span class="mono break">{file.etag}</span>
          </Fact>
        )}
        {state !== "closed" && (
          <Fact name="Key">
            <span class="mono break">{key}</span>
          </Fact>
        )}
      </dl>
      {command !== "" && <p class="mono break day-panel-command">{command}</p>}
    </>
  );
}

function Fact(
  { name, children }: { name: string; children: ComponentChildren },
) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** The day's facts for somebody who listens. */
function sentenceOf({ advice, file, rows, parquet }: DayFacts): string {
  return [
    file !== null && file.releasedAt === null && formatBytes(file.bytes),
    rows !== null && formatCount(rows.rows, "row"),
    rows?.tickers != null && formatCount(rows.tickers, "ticker"),
    parquet !== null && `Parquet ${formatBytes(parquet.bytes)}`,
    file !== null && `fetched ${formatTime(file.fetchedAt)}`,
    advice,
  ].filter(Boolean).join(", ");
}

/** The facts of a day, as soon as somebody has looked at it for a moment. */
function useFacts(
  dataType: string,
  date: string,
): { facts: DayFacts | undefined; error: string | undefined } {
  const name = `${dataType} ${date}`;
  const [answer, setAnswer] = useState<{
    name: string;
    facts?: DayFacts;
    error?: string;
  }>({ name });
  useEffect(() => {
    if (kept.has(name)) return;
    const aborter = new AbortController();
    const query = new URLSearchParams({ dataType, date, rows: "index" });
    const timer = setTimeout(async () => {
      try {
        const facts = await getJson<DayFacts>(`/api/day?${query}`, aborter);
        if (kept.size >= MOST_KEPT) kept.clear();
        kept.set(name, facts);
        setAnswer({ name, facts });
      } catch (error) {
        if (aborter.signal.aborted) return;
        setAnswer({
          name,
          error: error instanceof Error ? error.message : String(error),
        });
      }
    }, REST);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [name]);
  const own = answer.name === name ? answer : undefined;
  return { facts: kept.get(name) ?? own?.facts, error: own?.error };
}
