import { useEffect, useState } from "preact/hooks";
import type {
  ActivityEvent,
  ActivityInfo,
} from "../../../src/web/ui/api_types.ts";
import { onServerEvent } from "../../api.ts";
import { formatTime } from "../../formats.ts";
import { Message } from "../../parts/message.tsx";
import { hrefOf } from "../../router.ts";

/** The commands that keep others from writing while they run. */
const WRITERS = ["flatbed sync", "flatbed watch", "flatbed get"];

/**
 * Says that another process writes to the mirror: a job that writes as well is refused until
 * that has ended.
 */
export function OtherWriter() {
  const [writer, setWriter] = useState<ActivityInfo>();
  useEffect(
    () =>
      onServerEvent<ActivityEvent>(
        "activity",
        ({ activities }) =>
          setWriter(activities.find(({ state, isOwn, command }) =>
            state === "running" && !isOwn && WRITERS.includes(command)
          )),
      ),
    [],
  );
  if (writer === undefined) return null;
  const { command, pid, host, since } = writer;
  return (
    <Message
      kind="warning"
      title={`${command} is at work on this mirror`}
      action={<a href={hrefOf("now")}>See what it does</a>}
    >
      Process {pid}
      {host === undefined ? "" : ` on ${host}`}, since{" "}
      {formatTime(since)}. As long as it writes, a job that writes as well is
      refused.
    </Message>
  );
}
