import { useEffect, useMemo, useState } from "preact/hooks";
import type {
  ActivityEvent,
  ActivityInfo,
} from "../../src/web/ui/api_types.ts";
import { bashWord } from "../../src/base/bash_word.ts";
import { onServerEvent, session } from "../api.ts";
import type { ViewProps } from "../app.tsx";
import { formatBytes, formatDuration, formatNumber } from "../formats.ts";
import { ActivityPanel } from "./now/activity_panel.tsx";
import { EndedList } from "./now/ended_list.tsx";
import { Announcer, EventLog, messagesOf } from "./now/event_log.tsx";
import { RateChart } from "./now/rate_chart.tsx";
import { type Rates, ratesOf } from "./now/rates.ts";
import { ShardsPanel } from "./now/shards_panel.tsx";
import { formatSpeed, isAlive, timeLeft } from "./now/words.ts";
import { Figure } from "../parts/figure.tsx";
import { Message } from "../parts/message.tsx";
import { hrefOf } from "../router.ts";
import { useStore } from "../store.ts";

/** What runs on the mirror, in this process and in others, and what ended lately. */
export function NowView(_: ViewProps) {
  const [event, setEvent] = useState<ActivityEvent>();
  useEffect(() => onServerEvent<ActivityEvent>("activity", setEvent), []);
  return (
    <>
      <h1 class="hidden">Now</h1>
      {event === undefined
        ? <p class="muted">Asking what runs …</p>
        : <Activities event={event} />}
    </>
  );
}

function Activities({ event }: { event: ActivityEvent }) {
  const { activities, shards, more } = event;
  const alive = activities.filter(isAlive);
  const ended = activities.filter((each) => !isAlive(each));
  const now = nowOf(event);
  const transferring = alive.filter(({ transfer }) => transfer !== undefined);
  const rates = useMemo(
    () => ratesOf(activities, ratesUntil(activities, now)),
    [activities, now],
  );
  const hasSaid = messagesOf(activities).length > 0;
  return (
    <div class="now">
      <Announcer activities={activities} />
      <div class="now-main stack">
        {alive.length === 0 ? <Nothing hasEnded={ended.length > 0} /> : null}
        <Transfer event={event} rates={rates} now={now} />
        {alive.map((activity) => (
          <ActivityPanel
            key={activity.id}
            activity={activity}
            now={now}
            isAlone={transferring.length === 1}
          />
        ))}
        {more > 0 && <p class="muted">and {formatNumber(more)} more that run
        </p>}
        {shards !== undefined && <ShardsPanel shards={shards} />}
      </div>
      {(hasSaid || ended.length > 0) && (
        <div class="now-side stack">
          {ended.length > 0 && (
            <section>
              <h2>Ended lately</h2>
              <EndedList activities={ended} />
            </section>
          )}
          {hasSaid && <EventLog activities={activities} />}
        </div>
      )}
    </div>
  );
}

/** The server's time; where nothing runs, that at which something was last said. */
function nowOf({ now, activities }: ActivityEvent): number {
  if (now !== undefined) return Date.parse(now);
  return Math.max(0, ...activities.map(({ updated }) => Date.parse(updated)));
}

/** Until when is known how fast bytes came: each process says it about once a second. */
function ratesUntil(activities: readonly ActivityInfo[], now: number): number {
  const told = activities.filter(({ transfer }) => transfer !== undefined)
    .map(({ updated }) => Date.parse(updated));
  return Math.max(now - MOST_LAG, ...told);
}

/** How old what a process says may be, in milliseconds, before it counts as nothing. */
const MOST_LAG = 6000;

/** What all transfers come to, and how fast bytes came in the last minutes. */
function Transfer(
  { event, rates, now }: { event: ActivityEvent; rates: Rates; now: number },
) {
  const running = event.activities.filter(({ state, transfer }) =>
    state === "running" && transfer !== undefined
  );
  const isAnyRate = rates.rates.some((rate) => rate > 0);
  if (running.length === 0 && !isAnyRate) return null;
  const sum = (
    figure:
      | "bytesPerSecond"
      | "retries"
      | "throttled"
      | "connections"
      | "bytesReceived",
  ) =>
    running.reduce((all, { transfer }) => all + (transfer?.[figure] ?? 0), 0);
  const lefts = running.map((activity) => timeLeft(activity, now));
  const left = lefts.some((each) => each === undefined)
    ? undefined
    : Math.max(0, ...lefts.map((each) => each ?? 0));
  const [retries, throttled] = [sum("retries"), sum("throttled")];
  return (
    <section
      class="panel"
      aria-label={running.length > 0 ? "Transfers in all" : "The last minutes"}
    >
      {running.length > 0 && (
        <dl class="figures">
          <Figure label="speed">{formatSpeed(sum("bytesPerSecond"))}</Figure>
          <Figure label="time left">
            {left === undefined ? "–" : formatDuration(left)}
          </Figure>
          <Figure label="received">{formatBytes(sum("bytesReceived"))}</Figure>
          <Figure label="connections">
            {formatNumber(sum("connections"))}
          </Figure>
          <Figure label="retries" tone={retries > 0 ? "warn" : undefined}>
            {formatNumber(retries)}
          </Figure>
          <Figure label="throttled" tone={throttled > 0 ? "warn" : undefined}>
            {formatNumber(throttled)}
          </Figure>
        </dl>
      )}
      <h2 class="now-caption">Bytes per second, the last three minutes</h2>
      <RateChart times={rates.times} rates={rates.rates} />
    </section>
  );
}

/** Nothing runs: what one can start. */
function Nothing({ hasEnded }: { hasEnded: boolean }) {
  const known = useStore(session);
  return (
    <Message title={hasEnded ? "Nothing runs now" : "Nothing has run here yet"}>
      {known?.isReadOnly
        ? "What other processes do with this mirror appears here by itself."
        : (
          <>
            Start something under{" "}
            <a href={hrefOf("do")}>Do</a>, or in a terminal, such as{" "}
            <code>
              flatbed sync stocks_daily --last 5d --out{" "}
              {bashWord(known?.location ?? "")}
            </code>: it appears here by itself.
          </>
        )}
    </Message>
  );
}
