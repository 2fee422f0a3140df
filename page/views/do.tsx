import { useEffect, useRef, useState } from "preact/hooks";
import type { Job } from "../../src/web/ui/jobs/job_types.ts";
import type { ViewProps } from "../app.tsx";
import { session } from "../api.ts";
import { Message } from "../parts/message.tsx";
import { useStore } from "../store.ts";
import { doForm, firstForm, formOfLink } from "./do/do_form.ts";
import { JobCard, KIND_TITLES, STATE_LOOKS } from "./do/job_card.tsx";
import { StartForm } from "./do/start_form.tsx";
import { useJobs } from "./do/use_jobs.ts";

/** Starts what the commands do, and shows how far it is: `#/do?kind=sync&dataset=stocks_daily`. */
export function DoView({ route }: ViewProps) {
  const known = useStore(session);
  const filled = useStore(doForm);
  const jobs = useJobs();
  const query = route.query.toString();
  useEffect(() => {
    if (known === undefined || query === "") return;
    doForm.set(formOfLink(doForm.get() ?? firstForm(known), route.query));
  }, [query, known === undefined]);
  if (known === undefined) return null;
  if (known.isReadOnly) {
    return (
      <>
        <h1>Do</h1>
        <Message title="Nothing can be started here">
          {known.readOnlyReason ?? "This page may only read"}.
        </Message>
        <p class="muted">What other commands do shows under “Now”.</p>
      </>
    );
  }
  const form = filled ?? firstForm(known);
  // What the server said of the mirror was before that.
  const hasSynced = jobs?.some(({ request, counts }) =>
    request.kind === "sync" && counts.files !== undefined
  );
  return (
    <>
      <h1>Do</h1>
      {known.mirror !== "there" && !hasSynced && (
        <p class="muted do-note">
          There is no mirror in <code>{known.location}</code>{" "}
          yet: a sync creates it{known.mirror === "other"
            ? ", and takes files over that are there already and match"
            : ""}.
        </p>
      )}
      <div class="do">
        <StartForm
          session={known}
          form={form}
          onChange={(change) => doForm.set({ ...form, ...change })}
        />
        <section class="jobs" aria-labelledby="do-jobs-title">
          <h2 id="do-jobs-title" tabIndex={-1}>Jobs</h2>
          <Announcer jobs={jobs} />
          {jobs === undefined
            ? <p class="muted">Reading…</p>
            : jobs.length === 0
            ? (
              <p class="muted">
                Nothing was started yet. What you start goes on when this tab is
                closed, as long as <code>flatbed ui</code> runs.
              </p>
            )
            : (
              <div class="do-jobs-list">
                {jobs.map((job) => (
                  <JobCard
                    key={job.id}
                    job={job}
                    session={known}
                    isRepaired={jobs.some(({ request, since }) =>
                      since > job.since &&
                      JSON.stringify(request) ===
                        JSON.stringify(job.repair?.request)
                    )}
                  />
                ))}
              </div>
            )}
        </section>
      </div>
    </>
  );
}

/** Says to a screen reader when a job begins, stops or ends. */
function Announcer({ jobs }: { jobs: readonly Job[] | undefined }) {
  const [text, setText] = useState("");
  const before = useRef<ReadonlyMap<string, Job["state"]> | undefined>(
    undefined,
  );
  useEffect(() => {
    if (jobs === undefined) return;
    const states = new Map(jobs.map(({ id, state }) => [id, state]));
    const said = jobs.filter(({ id, state }) =>
      before.current !== undefined && before.current.get(id) !== state
    ).map(({ request, about, state }) =>
      `${KIND_TITLES[request.kind]}, ${about}: ${STATE_LOOKS[state].text}`
    );
    before.current = states;
    if (said.length > 0) setText(said.join(". "));
  }, [jobs]);
  return <p class="hidden" role="status">{text}</p>;
}
