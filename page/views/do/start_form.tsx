import { useEffect, useRef, useState } from "preact/hooks";
import type { Session } from "../../../src/web/ui/api_types.ts";
import { commandWords } from "./command_words.ts";
import type {
  AcceptPlanAnswer,
  JobRequest,
  PlanAnswer,
  StartAnswer,
} from "../../../src/web/ui/jobs/job_types.ts";
import { postJson } from "../../api.ts";
import { formatCount } from "../../formats.ts";
import { Button } from "../../parts/button.tsx";
import { CheckField, TextField } from "../../parts/field.tsx";
import { Message } from "../../parts/message.tsx";
import { notify, notifyError } from "../../parts/notices.tsx";
import { TerminalLine } from "../../parts/terminal_line.tsx";
import { DatasetPicker } from "./dataset_picker.tsx";
import { DayChooser } from "./day_choice.tsx";
import { type DoForm, KINDS, requestOf } from "./do_form.ts";
import { OtherWriter } from "./other_writer.tsx";
import { PlanPanel } from "./plan_panel.tsx";

/** What was shown of what a request would do. */
type Shown =
  | { of: string; sync: PlanAnswer }
  | { of: string; accept: AcceptPlanAnswer };

const MODES: readonly (readonly [DoForm["mode"], string, string])[] = [
  ["quick", "Quick", "sizes and modification times"],
  ["full", "Full", "reads every file: SHA-256 and gzip data"],
  ["remote", "Against upstream", "quick, and the bucket's current listing"],
];

const NONE_CHOSEN: Readonly<Record<DoForm["kind"], string>> = {
  sync: "None chosen yet",
  accept: "None chosen yet",
  verify: "None chosen: all in the mirror",
  index: "None chosen: all in the mirror",
  parquet: "None chosen: all in the mirror",
};

/** Chooses what is to be done, shows what it would do, and starts it. */
export function StartForm(
  { session, form, onChange }: {
    session: Session;
    form: DoForm;
    onChange: (change: Partial<DoForm>) => void;
  },
) {
  const [shown, setShown] = useState<Shown>();
  const [problem, setProblem] = useState<{ of: string; message: string }>();
  const [asking, setAsking] = useState<AbortController>();
  const [isStarting, setStarting] = useState(false);
  const result = useRef<HTMLDivElement>(null);
  const { request, lacks } = requestOf(form);
  const of = JSON.stringify(request ?? null);
  const isShown = shown?.of === of;
  const isSync = form.kind === "sync";
  const isFirst = isSync || form.kind === "accept";
  const now = useRef(of);
  now.current = of;

  // What was asked for another choice is not wanted any more.
  useEffect(() => () => asking?.abort(), [asking, of]);
  useEffect(() => {
    if (isShown) result.current?.focus({ preventScroll: false });
  }, [shown]);

  async function show(request: JobRequest) {
    const controller = new AbortController();
    setAsking(controller);
    setProblem(undefined);
    const { signal } = controller;
    try {
      const answer: Shown = isSync
        ? { of, sync: await postJson("/api/plan", request, { signal }) }
        : {
          of,
          accept: await postJson("/api/accept-plan", request, { signal }),
        };
      if (now.current === of) setShown(answer);
    } catch (error) {
      if (!signal.aborted) setProblem({ of, message: messageOf(error) });
    } finally {
      setAsking((current) => current === controller ? undefined : current);
    }
  }

  async function start(request: JobRequest) {
    if (isStarting) return;
    setStarting(true);
    setProblem(undefined);
    try {
      const { isNew } = await postJson<StartAnswer>("/api/jobs", request);
      notify(
        "done",
        isNew
          ? "It is among the jobs now"
          : "The same is running or waiting already",
      );
      setShown(undefined);
      document.getElementById("do-jobs-title")?.focus();
    } catch (error) {
      setProblem({ of, message: messageOf(error) });
      notifyError(error);
    } finally {
      setStarting(false);
    }
  }

  const words = (request: JobRequest, dryRun = false) =>
    commandWords(request, {
      location: session.location,
      datasets: session.datasets.map(({ id }) => id),
      dryRun,
    });
  const change = (next: Partial<DoForm>) => onChange(next);

  return (
    <section class="panel stack" aria-labelledby="do-form-title">
      <h2 id="do-form-title">Start something</h2>
      <fieldset class="do-kinds">
        <legend class="hidden">What to do</legend>
        {KINDS.map(([kind, title, what]) => (
          <label key={kind} class="do-kind">
            <input
              type="radio"
              name="kind"
              value={kind}
              checked={form.kind === kind}
              onInput={() => change({ kind })}
            />
            <span class="do-kind-title">{title}</span>
            <span class="do-kind-what">{what}</span>
          </label>
        ))}
      </fieldset>

      <DatasetPicker
        datasets={session.datasets}
        chosen={form.dataTypes}
        onChange={(dataTypes) => change({ dataTypes })}
        hint={NONE_CHOSEN[form.kind]}
      />

      {form.kind !== "verify" && form.kind !== "accept" && (
        <DayChooser
          form={form}
          today={session.today}
          all={isSync
            ? "From the oldest day that your account can read: this may be very much"
            : "All days that are in the mirror"}
          onChange={change}
        />
      )}
      {form.kind === "verify" && (
        <fieldset class="do-modes">
          <legend>How thoroughly</legend>
          {MODES.map(([mode, title, what]) => (
            <label key={mode} class="check">
              <input
                type="radio"
                name="mode"
                value={mode}
                checked={form.mode === mode}
                onInput={() => change({ mode })}
              />
              <span>
                {title} <span class="muted">– {what}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {form.kind === "accept" && (
        <div class="stack-small">
          <TextField
            label="Days"
            value={form.days}
            placeholder="2024-01-02 2024-02-01..2024-02-09"
            hint="Dates and ranges. Of a range, the days that are missing; a day that is accepted and appears upstream all the same is fetched."
            onInput={(days) => change({ days })}
          />
          <CheckField
            checked={form.again}
            onInput={(again) => change({ again })}
          >
            Expect these days again, instead
          </CheckField>
        </div>
      )}
      {isSync && (
        <div class="row">
          <CheckField
            checked={form.parquet}
            onInput={(parquet) => change({ parquet })}
          >
            Then make Parquet files
          </CheckField>
          <CheckField
            checked={form.released}
            onInput={(released) => change({ released })}
          >
            Fetch released files again
          </CheckField>
        </div>
      )}
      {isSync && session.hasCredentials === false && (
        <p class="field-error">
          There are no credentials: the S3 keys of your account belong into
          FLATBED_ACCESS_KEY_ID and FLATBED_SECRET_ACCESS_KEY before{" "}
          <code>flatbed ui</code> is started.
        </p>
      )}

      {form.kind !== "verify" && <OtherWriter />}
      <div class="do-start">
        {isFirst
          ? (
            <Button
              look={isShown ? "normal" : "primary"}
              disabled={request === undefined || asking !== undefined}
              onClick={() => request && show(request)}
            >
              {asking !== undefined
                ? "Asking…"
                : isSync
                ? "Show what it would do"
                : "Show the days"}
            </Button>
          )
          : (
            <Button
              look="primary"
              disabled={request === undefined || isStarting}
              onClick={() => request && start(request)}
            >
              {isStarting ? "Starting…" : "Start"}
            </Button>
          )}
        {asking !== undefined && (
          <Button
            look="plain"
            onClick={() => asking.abort()}
          >
            Do not wait
          </Button>
        )}
        {lacks !== undefined && <span class="muted">{lacks}</span>}
      </div>

      {problem?.of === of && (
        <Message kind="error" title="This could not be done">
          {problem.message}
        </Message>
      )}
      {isShown && request !== undefined && (
        <div
          class="do-shown stack"
          ref={result}
          tabIndex={-1}
          role="region"
          aria-label="What it would do"
        >
          {"sync" in shown ? <PlanPanel plan={shown.sync} /> : (
            <p>
              {shown.accept.count === 0
                ? form.again
                  ? "None of these days was accepted: nothing changes."
                  : "None of these days is missing: nothing changes."
                : (
                  <>
                    <strong>{formatCount(shown.accept.count, "day")}</strong>
                    {form.again
                      ? " would be expected again: "
                      : " would no longer count as missing: "}
                    <span class="break">{shown.accept.days}</span>
                  </>
                )}
            </p>
          )}
          <div class="do-start">
            <Button
              look="primary"
              disabled={isStarting ||
                ("sync" in shown
                  ? shown.sync.rows.length === 0
                  : shown.accept.count === 0)}
              onClick={() => start(request)}
            >
              {isStarting
                ? "Starting…"
                : "sync" in shown
                ? `Start the sync of ${formatCount(shown.sync.files, "file")}`
                : form.again
                ? `Expect ${formatCount(shown.accept.count, "day")} again`
                : `Accept ${formatCount(shown.accept.count, "day")}`}
            </Button>
          </div>
        </div>
      )}
      {request !== undefined && <TerminalLine words={words(request)} />}
    </section>
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
