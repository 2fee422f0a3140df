import type { Shard } from "../../catalog/mod.ts";
import type { AsyncS3Downloader } from "../../download/mod.ts";
import { inspectPath } from "../../files/mod.ts";
import { describeProcess } from "../manifest/mirror_lock.ts";
import type { Message } from "../message.ts";
import type { StateStore } from "../state/state_store.ts";
import {
  type Activity,
  type ActivityCounts,
  type ActivityFile,
  type ActivityMessage,
  type ActivityTransfer,
  MOST_FILES,
  MOST_MESSAGES,
  MOST_RECENT,
} from "./activity.ts";
import { encodeActivity, type StoredActivity } from "./activity_codec.ts";
import {
  ACTIVITIES_FOLDER,
  activityName,
  lockName,
  newActivityId,
  removeOldActivities,
} from "./activity_files.ts";
import { Speed } from "./speed.ts";

/** What an activity is. */
export interface ActivityWork {
  /** What runs, such as `flatbed sync`; by default what the mirror was opened for. */
  command?: string | undefined;
  /** What of, for people, such as data types and dates; no secret. */
  about?: string | undefined;
  /** An activity of another mirror object that waits: this one goes on with it. */
  continues?: ActivityRun | undefined;
}

/** How an activity has ended. */
export interface ActivityEnd {
  /** How. */
  state: "done" | "failed" | "stopped";
  /** The exit code, if it is a command. */
  exitCode?: number | undefined;
  /** Why it was not done, in a sentence; without a secret. */
  reason?: string | undefined;
}

/** Where an activity is said, and what it measures. */
export interface ActivityPlace {
  readonly store: StateStore;
  /** Whether something may be written there. */
  mayWrite(): Promise<boolean>;
  readonly downloader: AsyncS3Downloader | undefined;
  readonly command: string | undefined;
  /** The part of the mirror that it is of, if it is one. */
  readonly shard: Shard | undefined;
  readonly now: () => Date;
}

/**
 * How often it is written, in milliseconds: seldom where that costs a request, and where
 * many others write as well.
 */
const INTERVAL = { alone: 1000, bucket: 5000, shard: 5000 };
/** What is over sooner is written only once, in milliseconds. */
const FIRST = 200;
/** How often a sign of life is given where nothing changes, in milliseconds. */
const SIGN_OF_LIFE = 30_000;

/** A file under way. */
interface FileUnderWay {
  readonly since: Date;
  readonly speed: Speed;
  bytes: number;
  size: number | undefined;
}

/** The statistics of downloaders, at a moment. */
type Figures = Pick<
  ActivityTransfer,
  "bytesReceived" | "retries" | "throttled" | "connections"
>;

/**
 * What this process does with a mirror, said in the mirror about once a second, so that
 * others can show it: {@linkcode Mirror.activities}. It follows what its mirror does by
 * itself. Where nothing can be written, nothing is, and that is no reason to end the work.
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
 * await using mirror = await Mirror.open("data", { downloader });
 * await using activity = await mirror.beginActivity({ about: "stocks_daily" });
 * const plan = await mirror.plan({
 *   dataTypes: ["stocks_daily"],
 *   from: "2024-01-02",
 *   to: "2024-01-31",
 * });
 * const { outcome } = await mirror.sync(plan);
 * await activity.end({ state: outcome === "complete" ? "done" : "failed" });
 * ```
 */
export class ActivityRun implements AsyncDisposable {
  readonly #id: string;
  readonly #process: Pick<Activity, "command" | "about" | "host" | "pid">;
  readonly #since: Date;
  #place: ActivityPlace;
  #state: Activity["state"] = "running";
  #phase = "";
  #until: Date | undefined;
  #counts: ActivityCounts = NO_COUNTS;
  /** The bytes of the files that are done. */
  #bytesDone = 0;
  readonly #files = new Map<string, FileUnderWay>();
  readonly #messages: ActivityMessage[] = [];
  /** What each kind of work came to the last time. */
  readonly #summaries = new Map<string, string>();
  #end: Pick<Activity, "exitCode" | "reason"> = {};
  /** What downloaders have done that are not measured any more. */
  #earlier: Figures | undefined;
  #figures: Figures | undefined;
  readonly #speed = new Speed();
  readonly #recent: number[] = [];
  #measuredAt: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lock: Deno.FsFile | undefined;
  #isLocked = false;
  #hasChanged = true;
  /** When it was written last, by `performance.now()`; `undefined` as long as it was not. */
  #writtenAt: number | undefined;
  /** What was begun to be written, one after the other: an older status never comes last. */
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  /** Before that it is not tried again, by `performance.now()`. */
  #retryAt = 0;
  /** Why it could not be written the last time, if it could not. */
  problem: unknown;

  private constructor(place: ActivityPlace, { command, about }: ActivityWork) {
    this.#place = place;
    this.#since = place.now();
    this.#id = newActivityId(this.#since);
    const { pid, host, command: usual } = describeProcess(
      command ?? place.command,
      this.#since,
    );
    const { shard } = place;
    const part = shard && `shard ${shard.index}/${shard.count}`;
    const all = [about, part].filter((each) => each !== undefined).join(", ");
    this.#process = { command: usual, about: all || undefined, host, pid };
    this.#measuredAt = performance.now();
    this.#schedule(FIRST);
  }

  /** Begins, or goes on with one that waits. Nothing is written yet. */
  static begin(place: ActivityPlace, work: ActivityWork = {}): ActivityRun {
    const { continues: run } = work;
    if (run === undefined) return new ActivityRun(place, work);
    if (run.#state !== "waiting") {
      throw new TypeError("Cannot continue an activity that does not wait");
    }
    if (place.downloader !== run.#place.downloader) run.#earlier = run.#figures;
    run.#place = place;
    run.#state = "running";
    run.#until = undefined;
    run.#summaries.clear();
    run.begin("");
    run.#schedule(0);
    return run;
  }

  /** What tells it from others of the mirror. */
  get id(): string {
    return this.#id;
  }

  /** Whether it does nothing more: it has ended, or waits. */
  get isIdle(): boolean {
    return this.#state !== "running";
  }

  /**
   * Begins another part of the work: its figures begin at 0.
   *
   * @param phase What is done, such as `planning`.
   * @param counts What is known of how much there is to do.
   */
  begin(phase: string, counts: Partial<ActivityCounts> = {}): void {
    this.#phase = phase;
    this.#files.clear();
    this.#bytesDone = 0;
    this.#counts = { ...NO_COUNTS, ...counts };
    this.#hasChanged = true;
  }

  /**
   * Notes figures; others stay as they are.
   *
   * @param counts The figures.
   */
  note(counts: Partial<ActivityCounts>): void {
    this.#counts = { ...this.#counts, ...counts };
    this.#hasChanged = true;
  }

  /**
   * Says something.
   *
   * @param message In the words of the command line.
   */
  tell({ level, word, text }: Message): void {
    const messages = this.#messages;
    messages.push({ at: this.#place.now(), level, word, text });
    // Not one by one: there may be thousands between two times of writing.
    if (messages.length >= 2 * MOST_MESSAGES) messages.splice(0, MOST_MESSAGES);
    this.#hasChanged = true;
  }

  /**
   * Says what some work came to. What it is to be known for once it has ended: of each kind
   * of work, what was said last.
   *
   * @param work The kind, such as `sync`.
   * @param message The figures, in the words of the command line.
   */
  conclude(work: string, message: Message): void {
    this.#summaries.delete(work);
    this.#summaries.set(work, message.text);
    this.tell(message);
  }

  /**
   * Notes how far a file is.
   *
   * @param key Its key or path.
   * @param bytes How many of its bytes are there.
   * @param size How many it has, if that is known.
   */
  update(key: string, bytes: number, size: number | undefined): void {
    const file = this.#files.get(key);
    if (file === undefined) {
      this.#files.set(key, {
        ...{ since: this.#place.now(), speed: new Speed(), bytes, size },
      });
    } else {
      // What was there before is not how fast it comes.
      if (file.bytes === 0) file.speed.add(bytes, performance.now());
      file.bytes = bytes;
      file.size = size;
    }
    this.#hasChanged = true;
  }

  /**
   * Notes that a file is under way no more.
   *
   * @param key Its key or path.
   * @param how Whether it counts as done, as failed, or as neither, and its bytes.
   */
  finish(
    key: string,
    { outcome, bytes = 0 }: {
      outcome?: "done" | "failed" | undefined;
      bytes?: number;
    } = {},
  ): void {
    this.#files.delete(key);
    this.#bytesDone += bytes;
    const { filesDone, filesFailed } = this.#counts;
    if (outcome === "done") this.note({ filesDone: filesDone + 1 });
    if (outcome === "failed") this.note({ filesFailed: filesFailed + 1 });
    this.#hasChanged = true;
  }

  /**
   * Says that it waits, and for how long. The mirror may be closed meanwhile; another one
   * goes on with `continues`.
   *
   * @param phase What is said, such as `waiting` or `paused`.
   * @param until Until when, if that is known.
   */
  async wait(phase: string, until?: Date): Promise<void> {
    if (this.isIdle) return;
    this.#measure();
    this.begin(phase);
    this.#state = "waiting";
    this.#until = until;
    if (this.#figures !== undefined) {
      this.#figures = { ...this.#figures, connections: 0 };
    }
    await this.#writeLast();
  }

  /**
   * Says how it has ended. What is said after that is not.
   *
   * @param end How.
   */
  async end({ state, exitCode, reason }: ActivityEnd): Promise<void> {
    if (this.#state !== "running" && this.#state !== "waiting") return;
    this.#measure();
    this.#state = state;
    this.#phase = "";
    this.#until = undefined;
    this.#end = { exitCode, reason };
    this.#files.clear();
    await this.#writeLast();
    this.#unlock();
  }

  /** Ends as stopped, unless it was said how it ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end({ state: "stopped" });
  }

  /** What it is now. */
  snapshot(): StoredActivity {
    return {
      id: this.#id,
      ...this.#process,
      since: this.#since,
      updated: this.#place.now(),
      state: this.#state,
      phase: this.#phase,
      until: this.#until,
      counts: { ...this.#counts, bytesDone: this.#allBytes() },
      files: this.#filesNow(),
      transfer: this.#transferNow(),
      summary: [...this.#summaries.values()].join(". ") || undefined,
      messages: this.#messages.slice(-MOST_MESSAGES),
      ...this.#end,
      isLocked: this.#isLocked,
    };
  }

  #filesNow(): ActivityFile[] {
    return [...this.#files].slice(0, MOST_FILES).map(([key, file]) => {
      const { since, bytes, size, speed: { bytesPerSecond } } = file;
      return { key, since, bytes, size, bytesPerSecond };
    });
  }

  #transferNow(): ActivityTransfer | undefined {
    if (this.#figures === undefined) return undefined;
    return {
      ...this.#figures,
      bytesPerSecond: this.isIdle ? 0 : this.#speed.bytesPerSecond,
      interval: this.#interval / 1000,
      recent: this.#recent,
    };
  }

  #allBytes(): number {
    let bytes = this.#bytesDone;
    for (const file of this.#files.values()) bytes += file.bytes;
    return bytes;
  }

  get #interval(): number {
    const { shard, store } = this.#place;
    if (shard !== undefined) return INTERVAL.shard;
    const isFolder = store.pathOf(ACTIVITIES_FOLDER) !== undefined;
    return isFolder ? INTERVAL.alone : INTERVAL.bucket;
  }

  #schedule(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#tick();
      this.#schedule(this.#interval);
    }, ms);
    Deno.unrefTimer(Number(this.#timer)); // the work keeps the process alive
  }

  #tick(): void {
    this.#measure();
    const now = performance.now();
    if (now < this.#retryAt) return;
    const isDue = this.#writtenAt === undefined ||
      now - this.#writtenAt >= SIGN_OF_LIFE;
    // A slow file system or bucket gets the next one.
    if ((this.#hasChanged || isDue) && !this.#isWriting) void this.#write();
  }

  /** Finds out how fast bytes have come since the last time. */
  #measure(): void {
    const at = performance.now();
    for (const file of this.#files.values()) {
      if (file.bytes > 0) file.speed.add(file.bytes, at);
    }
    const { downloader } = this.#place;
    if (downloader === undefined || this.isIdle) return;
    const { totalRetries } = downloader.getStatistics();
    const { throttled, bytesReceived, openConnections } = downloader
      .getTraffic();
    const before = this.#figures;
    const now = {
      bytesReceived: bytesReceived + (this.#earlier?.bytesReceived ?? 0),
      retries: totalRetries + (this.#earlier?.retries ?? 0),
      throttled: throttled + (this.#earlier?.throttled ?? 0),
      connections: openConnections,
    };
    const came = now.bytesReceived - (before?.bytesReceived ?? 0);
    const seconds = (at - this.#measuredAt) / 1000;
    if (seconds > 0) this.#recent.push(Math.round(came / seconds));
    if (this.#recent.length > MOST_RECENT) this.#recent.shift();
    const isSlowing = came === 0 && this.#speed.bytesPerSecond > 0;
    this.#speed.add(now.bytesReceived, at);
    this.#measuredAt = at;
    this.#figures = now;
    this.#hasChanged ||= came > 0 || isSlowing ||
      now.connections !== before?.connections ||
      now.retries !== before.retries || now.throttled !== before.throttled;
  }

  async #writeLast(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#retryAt !== Infinity) await this.#write();
  }

  #write(): Promise<void> {
    this.#isWriting = true;
    return this.#writing = this.#writing.then(() => this.#writeNow())
      .finally(() => this.#isWriting = false);
  }

  async #writeNow(): Promise<void> {
    const { store, now } = this.#place;
    try {
      const isFirst = this.#writtenAt === undefined;
      if (isFirst) {
        if (!await this.#place.mayWrite()) {
          this.#retryAt = Infinity;
          return;
        }
        await this.#takeLock();
      }
      this.#hasChanged = false;
      await store.write(
        activityName(this.#id),
        encodeActivity(this.snapshot()),
      );
      this.#writtenAt = performance.now();
      this.problem = undefined;
      if (isFirst) await removeOldActivities(store, now());
    } catch (error) {
      this.problem = error;
      this.#retryAt = performance.now() + SIGN_OF_LIFE;
    }
  }

  /** Takes the lock that ends with this process, where there are locks. */
  async #takeLock(): Promise<void> {
    const { store } = this.#place;
    const path = store.pathOf(lockName(this.#id));
    if (path === undefined) return;
    await store.prepare(ACTIVITIES_FOLDER);
    if (this.#lock !== undefined || inspectPath(path).kind !== "absent") return;
    this.#lock = await Deno.open(path, { write: true, createNew: true });
    try {
      this.#isLocked = await this.#lock.tryLock(true);
    } catch {
      this.#isLocked = false; // a file system without locks
    }
  }

  #unlock(): void {
    const path = this.#place.store.pathOf(lockName(this.#id));
    if (this.#lock === undefined || path === undefined) return;
    this.#lock.close();
    this.#lock = undefined;
    try {
      Deno.removeSync(path);
    } catch {
      // It says nothing any more, and is removed with the old ones.
    }
  }
}

/** Whether activities may be written without a permission prompt; what a bucket allows, only writing tells. */
export function mayWriteActivities(store: StateStore): boolean {
  const path = store.pathOf(ACTIVITIES_FOLDER);
  if (path === undefined) return true;
  return Deno.permissions.querySync({ name: "write", path }).state ===
    "granted";
}

const NO_COUNTS: ActivityCounts = {
  filesDone: 0,
  filesFailed: 0,
  bytesDone: 0,
};
