import type {
  ActivityFileInfo,
  ActivityInfo,
} from "../../../src/web/ui/api_types.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
} from "../../formats.ts";
import { session } from "../../api.ts";
import { useStore } from "../../store.ts";
import { Progress } from "../../parts/progress.tsx";
import { StateMark } from "./state_mark.tsx";
import {
  formatClock,
  formatLeft,
  formatSpeed,
  shareOf,
  shortName,
  timeLeft,
} from "./words.ts";

/** What one process does: in all, and for each file. */
export function ActivityPanel(
  { activity, now, isAlone }: {
    activity: ActivityInfo;
    /** The time in milliseconds. */
    now: number;
    /** Whether it is all that transfers: its figures are told above. */
    isAlone: boolean;
  },
) {
  const { command, about, files } = activity;
  return (
    <section
      class="panel now-activity"
      aria-label={`${command} ${about ?? ""}`}
    >
      <header class="now-head">
        <StateMark state={activity.state} />
        <h2>
          <code>{command}</code>
        </h2>
        {about !== undefined && <span class="now-about break">{about}</span>}
        <span class="now-who muted">{whoOf(activity, now)}</span>
      </header>
      <Total activity={activity} now={now} isAlone={isAlone} />
      {files.length > 0 && <Files files={files} />}
    </section>
  );
}

/** Since when, and where: `since 10:04:05 (2:10 min), process 4711 on host`. */
function whoOf(
  { since, pid, host, isOwn, state }: ActivityInfo,
  now: number,
): string {
  const lasts = state === "running"
    ? ` (${formatDuration(Math.max(0, now - Date.parse(since)))})`
    : "";
  const where = host === undefined ? "" : ` on ${host}`;
  const whose = isOwn ? ", started from this page" : "";
  return `since ${formatClock(since)}${lasts}, process ${pid}${where}${whose}`;
}

function Total(
  { activity, now, isAlone }: {
    activity: ActivityInfo;
    now: number;
    isAlone: boolean;
  },
) {
  const { command, state, phase, until, counts, transfer } = activity;
  if (state === "waiting") {
    return (
      <p>
        {until === undefined ? phase : `Waiting until ${formatClock(until)}`}
      </p>
    );
  }
  const { files, filesDone, filesFailed, present, bytes, bytesDone } = counts;
  const { value, of } = shareOf(activity);
  const parts = [
    phase,
    files === undefined
      ? filesDone > 0 && formatCount(filesDone, "file")
      : files > 0 &&
        `${formatNumber(filesDone)} of ${formatCount(files, "file")}`,
    bytes !== undefined && bytes > 0
      ? `${formatBytes(bytesDone)} of ${formatBytes(bytes)}`
      : bytesDone > 0 && formatBytes(bytesDone),
    present !== undefined && present > 0 &&
    `${formatNumber(present)} there before`,
  ];
  return (
    <div class="now-total">
      <Progress value={value} of={of} label={`${command} in all`} />
      <div class="now-line">
        <span>
          {parts.filter((part) => typeof part === "string" && part !== "")
            .join(" · ")}
          {filesFailed > 0 && (
            <strong class="now-bad">
              {` · ${formatNumber(filesFailed)} failed`}
            </strong>
          )}
        </span>
        {transfer !== undefined && !isAlone && (
          <span class="muted">
            {[
              formatSpeed(transfer.bytesPerSecond),
              formatLeft(timeLeft(activity, now)),
              formatCount(transfer.connections, "connection"),
              formatCount(transfer.retries, "retry", "retries"),
              `throttled ${formatCount(transfer.throttled, "time")}`,
            ].join(" · ")}
          </span>
        )}
      </div>
    </div>
  );
}

/** The files under way. */
function Files({ files }: { files: readonly ActivityFileInfo[] }) {
  return (
    <div class="scroll">
      <table class="now-files">
        <caption class="hidden">Files under way</caption>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col" class="now-bar">
              <span class="hidden">Progress</span>
            </th>
            <th scope="col" class="number">Bytes</th>
            <th scope="col" class="number">Speed</th>
            <th scope="col" class="number">Left</th>
          </tr>
        </thead>
        <tbody>
          {files.map((file) => <FileRow key={file.key} file={file} />)}
        </tbody>
      </table>
    </div>
  );
}

function FileRow({ file }: { file: ActivityFileInfo }) {
  const datasets = useStore(session)?.datasets ?? [];
  const name = shortName(file.key, datasets);
  const { key, bytes, size, bytesPerSecond } = file;
  const left = size === undefined || bytesPerSecond === 0
    ? undefined
    : Math.max(0, size - bytes) / bytesPerSecond * 1000;
  return (
    <tr>
      <th scope="row" class="break" title={key}>{name}</th>
      <td class="now-bar">
        <Progress value={bytes} of={size} label={name} />
      </td>
      <td class="number">
        {size === undefined
          ? formatBytes(bytes)
          : `${formatBytes(bytes)} of ${formatBytes(size)}`}
      </td>
      <td class="number">{formatSpeed(bytesPerSecond)}</td>
      <td class="number">{left === undefined ? "–" : formatDuration(left)}</td>
    </tr>
  );
}
