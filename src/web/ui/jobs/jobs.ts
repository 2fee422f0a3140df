import { type ActivityRun, noMirror } from "../../../mirror/mod.ts";
import { codeOf, RequestError } from "../answers.ts";
import type { UiContext } from "../ui_context.ts";
import { JobStop } from "./job_stop.ts";
import type { Job, JobRequest, JobState, StartAnswer } from "./job_types.ts";
import {
  aboutOf,
  asksService,
  doJob,
  JOB_NEEDS,
  type JobEnd,
} from "./job_work.ts";

/** So many jobs run, wait or are paused at most: all pages are told of each, again and again. */
const MOST_OPEN = 100;
/** So many jobs that have ended are remembered. */
const MOST_ENDED = 20;
/** So many files under way are told. */
const MOST_FILES = 16;
/** How often the pages are told how far a job is, in milliseconds. */
const PERIOD = 500;

/** States in which a job has come to its end. */
const ENDED: readonly JobState[] = [
  "done",
  "attention",
  "failed",
  "cancelled",
];

/** What an activity is at a moment. */
type Snapshot = ReturnType<ActivityRun["snapshot"]>;

/** A job, and what it works with. */
interface Entry {
  readonly id: string;
  readonly request: JobRequest;
  readonly since: Date;
  state: JobState;
  ended: Date | undefined;
  /** What it says of itself; kept while it is paused, to go on with. */
  activity: ActivityRun | undefined;
  /** How far it was when it was paused. */
  paused: Snapshot | undefined;
  stop: AbortController | undefined;
  end: JobEnd | undefined;
  error: Job["error"];
}

/** What jobs need of the server. */
export type JobsContext = Pick<
  UiContext,
  | "location"
  | "reader"
  | "openReader"
  | "openWriter"
  | "defaults"
  | "events"
  | "explain"
  | "now"
>;

/**
 * What the pages of a server have started: one job works at a time, the others wait. A job
 * is no page's own: it goes on when its tab is closed, and all tabs see it.
 */
export class Jobs {
  readonly #context: JobsContext;
  /** In the order in which they were asked for. */
  #entries: Entry[] = [];
  #running: Promise<void> | undefined;
  #isClosed = false;

  /** Nothing is to be done yet. */
  constructor(context: JobsContext) {
    this.#context = context;
  }

  /** The jobs: those that run or wait in their order, then those that have ended, the last one first. */
  all(): Job[] {
    const [open, ended] = [
      this.#entries.filter((entry) => !isEnded(entry)),
      this.#entries.filter(isEnded).toReversed(),
    ];
    return [...open, ...ended].map(jobOf);
  }

  /**
   * Starts a job, or has it wait for those before it. One that runs or waits already is not
   * started twice.
   *
   * @param request What is to be done.
   */
  start(request: JobRequest): StartAnswer {
    if (this.#isClosed) {
      throw new RequestError(503, "closing", "The server is about to end");
    }
    const text = JSON.stringify(request);
    const same = this.#entries.find((entry) =>
      !isEnded(entry) && JSON.stringify(entry.request) === text
    );
    if (same !== undefined) return { job: jobOf(same), isNew: false };
    const open = this.#entries.filter((entry) => !isEnded(entry)).length;
    if (open >= MOST_OPEN) {
      throw new RequestError(
        429,
        "too-many-jobs",
        `${open} jobs run or wait already: let some of them end, or cancel them`,
      );
    }
    const entry: Entry = {
      id: crypto.randomUUID(),
      request,
      since: this.#context.now(),
      state: "queued",
      ended: undefined,
      activity: undefined,
      paused: undefined,
      stop: undefined,
      end: undefined,
      error: undefined,
    };
    this.#entries.push(entry);
    this.#goOn();
    return { job: jobOf(entry), isNew: true };
  }

  /**
   * Stops a job so that it can go on later, and gives the mirror's lock back.
   *
   * @param id The job's id.
   * @throws {RequestError} If there is none, or it cannot be paused.
   */
  pause(id: string): Job {
    const entry = this.#find(id);
    if (!JOB_NEEDS[entry.request.kind].mayPause) {
      throw new RequestError(
        409,
        "not-pausable",
        "This job would begin again from its start: it can only be cancelled",
      );
    }
    if (entry.state === "running") {
      entry.state = "pausing";
      entry.stop?.abort(new JobStop("paused", "paused on the page"));
      this.#changed();
    }
    return jobOf(entry);
  }

  /**
   * Has a job go on that was paused, or tries one again that has failed or was cancelled.
   *
   * @param id The job's id.
   * @throws {RequestError} If there is none, or the same one runs or waits.
   */
  resume(id: string): Job {
    const entry = this.#find(id);
    if (["paused", "failed", "cancelled", "attention"].includes(entry.state)) {
      const text = JSON.stringify(entry.request);
      const isTwice = this.#entries.some((other) =>
        other !== entry && !isEnded(other) &&
        JSON.stringify(other.request) === text
      );
      if (isTwice) {
        throw new RequestError(
          409,
          "same-job",
          "The same is running or waiting already",
        );
      }
      entry.state = "queued";
      entry.ended = undefined;
      entry.error = undefined;
      this.#goOn();
    }
    return jobOf(entry);
  }

  /**
   * Ends a job. What is done stays; of unfinished files, part files stay for a later sync.
   *
   * @param id The job's id.
   * @throws {RequestError} If there is none.
   */
  async cancel(id: string): Promise<Job> {
    const entry = this.#find(id);
    await this.#stop(entry, "cancelled on the page");
    return jobOf(entry);
  }

  /**
   * Forgets a job that waits or has ended.
   *
   * @param id The job's id.
   * @throws {RequestError} If it works, or is paused.
   */
  remove(id: string): void {
    const entry = this.#entries.find((entry) => entry.id === id);
    if (entry === undefined) return;
    if (!isEnded(entry) && entry.state !== "queued") {
      throw new RequestError(
        409,
        "not-ended",
        "This job has not ended: cancel it first",
      );
    }
    void entry.activity?.end({ state: "stopped" });
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#changed();
  }

  /** Ends all jobs, and waits until they have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const entry of [...this.#entries]) {
      await this.#stop(entry, "flatbed ui was ended");
    }
    await this.#running;
  }

  async #stop(entry: Entry, why: string): Promise<void> {
    switch (entry.state) {
      case "running":
      case "pausing":
        entry.state = "cancelling";
        entry.stop?.abort(new JobStop("cancelled", why));
        break;
      case "queued":
      case "paused":
        this.#settle(entry, "cancelled");
        await entry.activity?.end({ state: "stopped", reason: why });
        break;
      default:
        return;
    }
    this.#changed();
  }

  #find(id: string): Entry {
    const entry = this.#entries.find((entry) => entry.id === id);
    if (entry === undefined) {
      throw new RequestError(
        404,
        "no-such-job",
        "This job is not known any more",
      );
    }
    return entry;
  }

  /** Begins with the next job, if none works. */
  #goOn(): void {
    this.#changed();
    if (this.#running !== undefined || this.#isClosed) return;
    const next = this.#entries.find(({ state }) => state === "queued");
    if (next === undefined) return;
    this.#running = this.#run(next).finally(() => {
      this.#running = undefined;
      this.#goOn();
    });
  }

  async #run(entry: Entry): Promise<void> {
    const stop = entry.stop = new AbortController();
    entry.state = "running";
    entry.end = undefined;
    const ticking = setInterval(() => this.#changed(), PERIOD);
    try {
      const end = entry.end = await this.#attempt(entry, stop.signal);
      this.#settle(entry, end.isWell ? "done" : "attention");
    } catch (error) {
      const { reason } = stop.signal;
      if (reason instanceof JobStop) {
        if (reason.then === "paused") entry.state = "paused";
        else this.#settle(entry, "cancelled");
      } else {
        const { explain } = this.#context;
        entry.error = { code: codeOf(error), message: explain(error) };
        // One that was paused, and found the mirror in use, can still go on.
        if (entry.activity?.snapshot().state === "waiting") {
          entry.state = "paused";
        } else this.#settle(entry, "failed");
      }
    } finally {
      clearInterval(ticking);
      entry.stop = undefined;
    }
  }

  async #attempt(entry: Entry, signal: AbortSignal): Promise<JobEnd> {
    const { request } = entry;
    const { defaults, explain, location, now, reader } = this.#context;
    const needs = JOB_NEEDS[request.kind];
    if (request.kind !== "sync" && !await reader.exists()) {
      throw noMirror(location);
    }
    const asks = { asksService: asksService(request) };
    await using opened = needs.writes
      ? await this.#context.openWriter(asks)
      : await this.#context.openReader(asks);
    signal.throwIfAborted();
    const { mirror } = opened;
    const before = entry.activity;
    const isWaiting = before?.snapshot().state === "waiting";
    const activity = entry.activity = await mirror.beginActivity({
      command: `flatbed ui, ${request.kind}`,
      about: aboutOf(request),
      ...isWaiting && { continues: before },
    });
    entry.paused = undefined;
    try {
      const tools = { mirror, activity, defaults, signal, now };
      const end = await doJob(request, tools);
      await activity.end({ state: end.isWell ? "done" : "failed" });
      return end;
    } catch (error) {
      const { reason } = signal;
      if (!(reason instanceof JobStop)) {
        await activity.end({ state: "failed", reason: explain(error) });
      } else if (reason.then === "cancelled") {
        await activity.end({ state: "stopped", reason: reason.message });
      } else {
        entry.paused = activity.snapshot();
        await activity.wait("paused");
      }
      throw error;
    }
  }

  #settle(entry: Entry, state: JobState): void {
    entry.state = state;
    entry.ended = this.#context.now();
    // What ended last is last, and is what is remembered longest.
    this.#entries = [
      ...this.#entries.filter((other) => other !== entry),
      entry,
    ];
    const tooMany = this.#entries.filter(isEnded).slice(0, -MOST_ENDED);
    this.#entries = this.#entries.filter((other) => !tooMany.includes(other));
  }

  #changed(): void {
    this.#context.events.changed("job");
  }
}

function isEnded({ state }: Entry): boolean {
  return ENDED.includes(state);
}

/** A job as the pages are told of it. */
function jobOf(entry: Entry): Job {
  const { id, request, state, since, ended, end, error } = entry;
  const shown = entry.paused ?? entry.activity?.snapshot();
  const isAtWork = state === "running" || state === "pausing" ||
    state === "cancelling";
  return {
    id,
    request,
    about: aboutOf(request),
    state,
    since: since.toISOString(),
    ...ended !== undefined && { ended: ended.toISOString() },
    phase: isAtWork ? shown?.phase ?? "" : "",
    counts: shown?.counts ?? { filesDone: 0, filesFailed: 0, bytesDone: 0 },
    bytesPerSecond: isAtWork ? shown?.transfer?.bytesPerSecond ?? 0 : 0,
    files: (shown?.files ?? []).slice(0, MOST_FILES).map(
      ({ key, bytes, size }) => ({
        ...{ key, bytes },
        ...size !== undefined && { size },
      }),
    ),
    messages: (shown?.messages ?? []).map(({ at, level, word, text }) => ({
      ...{ at: at.toISOString(), level, text },
      ...word !== undefined && { word },
    })),
    mayPause: JOB_NEEDS[request.kind].mayPause,
    ...error !== undefined && { error },
    ...end?.findings !== undefined && { findings: end.findings },
    ...end?.repair !== undefined && { repair: end.repair },
  };
}
