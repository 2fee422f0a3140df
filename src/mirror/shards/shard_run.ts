import type { Shard } from "../../catalog/mod.ts";
import { describeProcess } from "../manifest/mirror_lock.ts";
import type { StateStore } from "../state/state_store.ts";
import { fingerprintOf } from "./fingerprint_of.ts";
import {
  encodeStatus,
  type ShardCounts,
  type ShardStatus,
  statusName,
} from "./shard_status.ts";

/** How a shard's work has ended. */
export interface ShardEnd {
  /** Whether it did what was to be done. */
  isDone: boolean;
  /** What it has done, besides what was noted. */
  counts?: ShardCounts | undefined;
  /** The exit code, if it is a command. */
  exitCode?: number | undefined;
  /** The error that ended it, if one did; without a secret. */
  error?: string | undefined;
}

/** What the work of a shard is. */
export interface ShardWork {
  /**
   * What tells this work from others with the same command and number of shards, such as
   * its data types and dates as JSON. Only a fingerprint of it is written.
   */
  work?: string | undefined;
  /** The engine's own id of the job, which is shown. */
  job?: string | undefined;
}

/** What a {@linkcode ShardRun} begins with. */
export interface ShardRunOptions extends ShardWork {
  store: StateStore;
  shard: Shard;
  command: string | undefined;
  now: () => Date;
  /** How often it gives a sign of life, in milliseconds. */
  interval?: number;
}

/** How often a shard gives a sign of life, in milliseconds. */
export const SIGN_OF_LIFE = 30_000;

/**
 * A shard at work: it says in the mirror that it runs, gives a sign of life now and then,
 * and says how it has ended. That it cannot say so is no reason to end the work.
 *
 * @example
 * ```ts
 * import { AsyncS3Downloader } from "@flatbed/flatbed/download";
 * import { Mirror } from "@flatbed/flatbed/mirror";
 *
 * await using downloader = new AsyncS3Downloader({
 *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
 * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
 * await using mirror = await Mirror.open("data", {
 *   downloader,
 *   shard: { index: 3, count: 8 },
 * });
 * await using run = await mirror.beginShard();
 * const plan = await mirror.plan({
 *   dataTypes: ["stocks_daily"],
 *   from: "2024-01-02",
 *   to: "2024-01-31",
 * });
 * const { fetched, outcome } = await mirror.sync(plan);
 * await run.end({ isDone: outcome === "complete", counts: { fetched } });
 * ```
 */
export class ShardRun implements AsyncDisposable {
  readonly #options: ShardRunOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #status: ShardStatus;
  #isEnded = false;
  #hasCounts = false;
  #writing: Promise<void> = Promise.resolve();
  /** Why the status could not be written, if it could not. */
  problem: unknown;

  private constructor(options: ShardRunOptions) {
    const { shard, command, now, interval = SIGN_OF_LIFE } = options;
    this.#options = options;
    const since = now();
    const { index, count } = shard;
    const process = describeProcess(command, since);
    this.#status = {
      ...{ index, count, state: "running", since, updated: since, counts: {} },
      ...{ command: process.command, host: process.host, pid: process.pid },
    };
    this.#timer = setInterval(() => this.#write(), interval);
    Deno.unrefTimer(Number(this.#timer)); // the work keeps the process alive
  }

  /** Begins, and says so in the mirror. */
  static async begin(options: ShardRunOptions): Promise<ShardRun> {
    const run = new ShardRun(options);
    const { work, job } = options;
    run.#status = {
      ...run.#status,
      ...(work !== undefined && { work: await fingerprintOf(work) }),
      ...(job !== undefined && { job }),
    };
    await run.#write();
    return run;
  }

  /**
   * Notes what was done so far. The first figures are said at once, others by the next sign
   * of life.
   *
   * @param counts Figures; others that were noted before stay.
   */
  note(counts: ShardCounts): void {
    this.#status = {
      ...this.#status,
      counts: { ...this.#status.counts, ...counts },
    };
    if (!this.#hasCounts) this.#write();
    this.#hasCounts = true;
  }

  /**
   * Says in the mirror how the work has ended. What is said after that is not.
   *
   * @param end How.
   */
  async end({ isDone, counts = {}, exitCode, error }: ShardEnd): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearInterval(this.#timer);
    this.note(counts);
    this.#status = {
      ...this.#status,
      ...{ state: isDone ? "done" : "failed", exitCode, error },
    };
    await this.#write();
  }

  /** Writes one after the other, so that an older status never comes last. */
  #write(): Promise<void> {
    return this.#writing = this.#writing.then(async () => {
      const { store, now } = this.#options;
      this.#status = { ...this.#status, updated: now() };
      try {
        const name = statusName(this.#status);
        await store.write(name, encodeStatus(this.#status));
      } catch (error) {
        this.problem ??= error;
      }
    });
  }

  /** Ends as failed, unless it was said how it ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end({ isDone: false });
  }
}
