import type { ActivityInfo } from "../../../src/web/ui/api_types.ts";
import { formatDuration } from "../../formats.ts";
import { StateMark } from "./state_mark.tsx";
import { formatClock } from "./words.ts";

/** What ended lately, and how. */
export function EndedList(
  { activities }: { activities: readonly ActivityInfo[] },
) {
  return (
    <ul class="now-list now-ended">
      {activities.map((activity) => (
        <Ended key={activity.id} activity={activity} />
      ))}
    </ul>
  );
}

function Ended({ activity }: { activity: ActivityInfo }) {
  const { command, about, since, updated, state, host, pid } = activity;
  const took = Math.max(0, Date.parse(updated) - Date.parse(since));
  return (
    <li>
      <div class="now-head">
        <StateMark state={state} />
        <code>{command}</code>
        {about !== undefined && <span class="now-about break">{about}</span>}
        <span
          class="now-who muted"
          title={`process ${pid}${host === undefined ? "" : ` on ${host}`}`}
        >
          {formatClock(updated)}, after {formatDuration(took)}
        </span>
      </div>
      <div class="break">{outcomeOf(activity)}</div>
    </li>
  );
}

/** Why it ended, or else what it came to, or what it said last. */
function outcomeOf(
  { state, reason, summary, exitCode, messages }: ActivityInfo,
): string {
  const [last] = messages.toReversed();
  const said = reason ?? summary ?? last?.text ?? "";
  switch (state) {
    case "killed":
      return "Its process is gone, and did not say why: run it again, it goes on where it stopped";
    case "silent":
      return "It has said nothing for long: it was killed, or its machine cannot reach the mirror";
    case "failed":
      return `${said}${
        exitCode === undefined ? "" : ` (exit code ${exitCode})`
      }`;
    default:
      return said;
  }
}
