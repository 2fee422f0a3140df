import { useEffect, useState } from "preact/hooks";
import { formatDuration } from "../../../src/base/format_duration.ts";
import type { Session } from "../../../src/web/ui/api_types.ts";
import { commandWords } from "./command_words.ts";
import type {
  Job,
  JobKind,
  JobState,
} from "../../../src/web/ui/jobs/job_types.ts";
import { postJson } from "../../api.ts";
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatTime,
} from "../../formats.ts";
import { Button } from "../../parts/button.tsx";
import { ConfirmDialog } from "../../parts/confirm_dialog.tsx";
import { notify, notifyError } from "../../parts/notices.tsx";
import { Progress } from "../../parts/progress.tsx";
import { TerminalLine } from "../../parts/terminal_line.tsx";
import { hrefOf } from "../../router.ts";

/** What each kind of job is called. */
export const KIND_TITLES: Readonly<Record<JobKind, string>> = {
  sync: "Sync",
  verify: "Verify",
  repair: "Repair",
  accept: "Accept holes",
  expect: "Expect days again",
  index: "Index",
  parquet: "Parquet",
};

/** How each state is marked and called: the mark tells them apart without colours. */
export const STATE_LOOKS: Readonly<
  Record<JobState, { mark: string; text: string }>
> = {
  queued: { mark: "…", text: "waits" },
  running: { mark: "▶", text: "running" },
  pausing: { mark: "▶", text: "pausing" },
  cancelling: { mark: "▶", text: "ending" },
  paused: { mark: "‖", text: "paused" },
  done: { mark: "✓", text: "done" },
  attention: { mark: "!", text: "done, look at it" },
  failed: { mark: "✕", text: "failed" },
  cancelled: { mark: "–", text: "cancelled" },
};

/** A question before something happens. */
type Asked = "cancel" | "repair";

/** One job: how far it is, what it says, and what can be done with it. */
export function JobCard(
  { job, session, isRepaired }: {
    job: Job;
    session: Session;
    /** Whether a repair of what it has found was started already. */
    isRepaired: boolean;
  },
) {
  const [asked, setAsked] = useState<Asked>();
  const [isBusy, setBusy] = useState(false);
  const { id, request, about, state, error, messages, repair } = job;
  const title = KIND_TITLES[request.kind];
  const look = STATE_LOOKS[state];
  const post = async (path: string, body: unknown = { id }) => {
    if (isBusy) return;
    setBusy(true);
    try {
      await postJson(path, body);
    } catch (error) {
      notifyError(error);
    } finally {
      setBusy(false);
    }
  };
  const isAtWork = state === "running" || state === "pausing" ||
    state === "cancelling";
  const isOpen = isAtWork || state === "queued" || state === "paused";
  const named = `${title}, ${about}`;
  useEffect(() => {
    // Whoever still thinks about it is not asked what no longer matters.
    if (asked !== "cancel" || isOpen) return;
    setAsked(undefined);
    notify("done", `${named}, has ended meanwhile: nothing was cancelled`);
  }, [asked, isOpen]);
  const main = mainAction(job);
  const last = messages.at(-1);
  return (
    <article class={`job job-${state}`} aria-labelledby={`job-${id}`}>
      <header class="job-head">
        <h3 id={`job-${id}`}>
          {title} <span class="job-about">{about}</span>
        </h3>
        <span class={`job-state job-state-${state}`}>
          <span aria-hidden="true">{look.mark}</span> {look.text}
        </span>
      </header>
      {(isAtWork || state === "paused") && (
        <JobProgress job={job} label={named} />
      )}
      {error !== undefined && (
        <div class="job-error" role="alert">
          <p>{error.message}</p>
          {error.code === "mirror-busy" && (
            <p class="muted">
              Try again when that has ended: it shows under{" "}
              <a href={hrefOf("now")}>Now</a>.
            </p>
          )}
        </div>
      )}
      {state === "cancelled" && job.counts.files !== undefined && (
        <p class="muted">
          {formatNumber(job.counts.filesDone)} of{" "}
          {formatCount(job.counts.files, "file")}{" "}
          done before it was cancelled; Try again goes on from there.
        </p>
      )}
      {error === undefined && last !== undefined && state !== "cancelled" && (
        <p class={`job-last line-${last.level}`}>
          {last.word !== undefined && <strong>{last.word}</strong>} {last.text}
        </p>
      )}
      {state === "queued" && (
        <p class="muted">Begins when the jobs before it have ended.</p>
      )}
      <Findings job={job} />
      <div class="job-buttons">
        {/* One button, so that the focus stays where it was. */}
        {main !== undefined && (
          <Button
            look={state === "paused" ? "primary" : "normal"}
            label={`${main.text}: ${named}`}
            onClick={() => main.path && post(main.path)}
          >
            {main.text}
          </Button>
        )}
        {repair !== undefined && !isOpen && !isRepaired && (
          <Button
            look="danger"
            label={`Repair ${formatCount(repair.files, "file")}…: ${named}`}
            onClick={() => setAsked("repair")}
          >
            Repair {formatCount(repair.files, "file")}…
          </Button>
        )}
        {isOpen && state !== "queued" && (
          <Button
            look="danger"
            label={`Cancel…: ${named}`}
            onClick={() => state !== "cancelling" && setAsked("cancel")}
          >
            Cancel…
          </Button>
        )}
        {(state === "queued" || !isOpen) && (
          <Button
            look="plain"
            label={`${
              state === "queued" ? "Remove from the queue" : "Forget"
            }: ${named}`}
            onClick={() => post("/api/jobs/remove")}
          >
            {state === "queued" ? "Remove from the queue" : "Forget"}
          </Button>
        )}
      </div>
      <details class="job-more">
        <summary>
          {messages.length === 0
            ? "Details"
            : formatCount(messages.length, "message")}
          , since {formatTime(job.since)}
        </summary>
        {messages.length > 0 && (
          <ol
            class="job-messages"
            tabIndex={0}
            aria-label={`Messages of ${named}`}
          >
            {messages.map(({ at, level, word, text }, index) => (
              <li key={`${at} ${index}`} class={`line-${level}`}>
                <time dateTime={at}>{formatTime(at).slice(-8)}</time>{" "}
                {word !== undefined && <strong>{word}</strong>} {text}
              </li>
            ))}
          </ol>
        )}
        <TerminalLine
          words={commandWords(request, {
            location: session.location,
            datasets: session.datasets.map(({ id }) => id),
          })}
        />
      </details>
      {asked === "cancel" && (
        <ConfirmDialog
          title={`Cancel the ${title.toLowerCase()}?`}
          confirm="Yes, cancel it"
          onConfirm={() => post("/api/jobs/cancel")}
          onClose={() => setAsked(undefined)}
        >
          <p>
            What is done stays. What has arrived of unfinished files stays as
            part files in the mirror, and a later sync goes on there.
          </p>
        </ConfirmDialog>
      )}
      {asked === "repair" && repair !== undefined && (
        <ConfirmDialog
          title="Repair the mirror?"
          confirm={`Yes, repair ${formatCount(repair.files, "file")}`}
          onConfirm={() => post("/api/jobs", repair.request)}
          onClose={() => setAsked(undefined)}
        >
          <ul class="do-lines">
            {repair.lines.map((line) => <li key={line}>{line}</li>)}
          </ul>
          <p class="muted">
            What is fetched is checked to its end; until then the old file
            stays.
          </p>
        </ConfirmDialog>
      )}
    </article>
  );
}

/** What somebody most likely wants of a job, if anything. */
function mainAction(
  { state, mayPause, error, request }: Job,
): { text: string; path?: string } | undefined {
  switch (state) {
    case "running":
      return mayPause ? { text: "Pause", path: "/api/jobs/pause" } : undefined;
    case "pausing":
      return { text: "Pausing…" };
    case "paused":
      return {
        text: error === undefined ? "Go on" : "Try again",
        path: "/api/jobs/resume",
      };
    case "attention":
      if (request.kind === "verify") return undefined;
      /* falls through */
    case "failed":
    case "cancelled":
      return { text: "Try again", path: "/api/jobs/resume" };
    default:
      return undefined;
  }
}

/** How far a job is. */
function JobProgress({ job, label }: { job: Job; label: string }) {
  const { counts, phase, bytesPerSecond, files, state } = job;
  const { files: all, filesDone, filesFailed, bytes, bytesDone } = counts;
  const left = bytes !== undefined && bytesPerSecond > 0
    ? (bytes - bytesDone) / bytesPerSecond * 1000
    : undefined;
  const parts = [
    ...phase === "" ? [] : [phase],
    ...all === undefined
      ? []
      : [`${formatNumber(filesDone)} of ${formatCount(all, "file")}`],
    ...filesFailed > 0 ? [`${formatNumber(filesFailed)} failed`] : [],
    ...bytes === undefined || bytes === 0
      ? []
      : [`${formatBytes(bytesDone)} of ${formatBytes(bytes)}`],
    ...bytesPerSecond > 0 ? [`${formatBytes(bytesPerSecond)}/s`] : [],
    ...left === undefined || left <= 0 ? [] : [`${formatDuration(left)} left`],
  ];
  const byBytes = bytes !== undefined && bytes > 0;
  return (
    <div class="job-progress">
      {(state !== "paused" || all !== undefined) && (
        <Progress
          value={byBytes ? bytesDone : filesDone}
          of={byBytes ? bytes : all}
          label={label}
        />
      )}
      <p class="muted">{parts.join(" · ")}</p>
      {files.length > 0 && (
        <ul class="job-files">
          {files.slice(0, 4).map(({ key, bytes, size }) => (
            <li key={key}>
              <span class="job-key" title={key}>{key}</span>
              <span class="number">
                {formatBytes(bytes)}
                {size === undefined ? "" : ` of ${formatBytes(size)}`}
              </span>
            </li>
          ))}
          {files.length > 4 && (
            <li class="muted">
              and {formatCount(files.length - 4, "more file")}
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

/** What a verification has found, by what is wrong. */
function Findings({ job: { findings } }: { job: Job }) {
  if (findings === undefined || findings.length === 0) return null;
  return (
    <div class="scroll">
      <table class="do-findings">
        <caption class="hidden">Problems that were found</caption>
        <thead>
          <tr>
            <th scope="col">Problem</th>
            <th scope="col" class="number">Files</th>
            <th scope="col">What is wrong</th>
          </tr>
        </thead>
        <tbody>
          {findings.map(({ code, reason, count, paths }) => (
            <tr key={`${code} ${reason}`}>
              <th scope="row">{code}</th>
              <td class="number">{formatNumber(count)}</td>
              <td>
                {reason}
                <details>
                  <summary>
                    {count > paths.length
                      ? `${paths.length} of ${formatCount(count, "file")}`
                      : formatCount(count, "file")}
                  </summary>
                  <ul class="do-finding-paths">
                    {paths.map((path) => <li key={path}>{path}</li>)}
                  </ul>
                </details>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
