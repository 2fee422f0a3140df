import { useEffect, useRef, useState } from "preact/hooks";
import type {
  ActivityInfo,
  ActivityMessageInfo,
} from "../../../src/web/ui/api_types.ts";
import { formatClock, STATES } from "./words.ts";

/** How many are shown. */
const SHOWN = 40;
/** How long the next announcement waits, in milliseconds: a transfer says much. */
const PAUSE = 8000;

/** A message, and who has said it. */
interface SaidMessage extends ActivityMessageInfo {
  key: string;
  command: string;
}

/** What all activities have said last, the newest first. */
export function messagesOf(
  activities: readonly ActivityInfo[],
): SaidMessage[] {
  return activities.flatMap(({ id, command, messages }) =>
    messages.map((message, at) => ({
      ...message,
      command,
      key: `${id} ${message.at} ${at - messages.length}`,
    }))
  ).toSorted((a, b) => a.at < b.at ? 1 : a.at > b.at ? -1 : 0).slice(0, SHOWN);
}

/** The last events and errors, in the words of the command line. */
export function EventLog(
  { activities }: { activities: readonly ActivityInfo[] },
) {
  const [isFiltered, setFiltered] = useState(false);
  const said = messagesOf(activities);
  const errors = said.filter(({ level }) => level === "error");
  const shown = isFiltered ? errors : said;
  return (
    <section class="now-events">
      <header class="now-head">
        <h2>Recent events</h2>
        {errors.length > 0 && (
          <button
            type="button"
            class="button button-plain"
            aria-pressed={isFiltered}
            onClick={() => setFiltered(!isFiltered)}
          >
            Only errors ({errors.length})
          </button>
        )}
      </header>
      <ul class="now-list now-log" tabIndex={0} aria-label="Recent events">
        {shown.map(({ key, at, command, level, word, text }) => (
          <li key={key} class={`now-message now-message-${level}`}>
            <time dateTime={at} title={command}>{formatClock(at)}</time>
            <span class="break">
              {level === "error" && (
                <span class="now-mark">
                  <span aria-hidden="true">✕</span>
                  <span class="hidden">error:</span>
                </span>
              )}
              {word !== undefined && <b>{word}</b>} {text}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/**
 * Says, for who does not see the page, what begins and ends and what goes wrong: now and
 * then, since a transfer says something every second.
 */
export function Announcer(
  { activities }: { activities: readonly ActivityInfo[] },
) {
  const [text, setText] = useState("");
  const states = useRef<Map<string, ActivityInfo["state"]>>(undefined);
  const lastError = useRef("");
  const waiting = useRef<string[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    const before = states.current;
    states.current = new Map(activities.map(({ id, state }) => [id, state]));
    const errors = messagesOf(activities).filter(({ level, at }) =>
      level === "error" && at > lastError.current
    );
    lastError.current = errors[0]?.at ?? lastError.current;
    if (before === undefined) return; // what was so before is read, not told
    const news = activities.filter(({ id, state }) => before.get(id) !== state)
      .map(({ command, state }) => `${command}: ${STATES[state].word}`);
    const [error] = errors;
    if (error !== undefined) {
      news.push(
        errors.length === 1
          ? `Error: ${error.text}`
          : `${errors.length} errors, the last one: ${error.text}`,
      );
    }
    waiting.current.push(...news);
    if (waiting.current.length > 0) speak();
  }, [activities]);

  useEffect(() => () => clearTimeout(timer.current), []);

  function speak(): void {
    if (timer.current !== undefined) return;
    setText(waiting.current.splice(0).slice(-3).join(". "));
    timer.current = setTimeout(() => {
      timer.current = undefined;
      if (waiting.current.length > 0) speak();
    }, PAUSE);
  }

  return <p class="hidden" role="status" aria-live="polite">{text}</p>;
}
