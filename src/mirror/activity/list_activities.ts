import { forEach } from "../../base/mod.ts";
import { hostName } from "../../files/mod.ts";
import type { StateFile, StateStore } from "../state/state_store.ts";
import type { Activity } from "./activity.ts";
import {
  decodeActivity,
  LARGEST_ACTIVITY,
  type StoredActivity,
} from "./activity_codec.ts";
import { ACTIVITIES_FOLDER, idNamed, isAlive } from "./activity_files.ts";

/** How many files are read at once: those of a bucket are asked for one by one. */
const AT_ONCE = 16;
/** So many files are looked at each time: each run has two, and old ones are removed. */
const MOST_LOOKED_AT = 10_000;
/** A process elsewhere that has said nothing for so long may be dead, in milliseconds. */
const SILENT_AFTER = 120_000;
/** Clocks that differ by less are taken for one, in milliseconds. */
const SAME_CLOCK = 5000;

/** What processes do with a mirror, and did lately. What has ended is read only once. */
export class ActivityList {
  readonly #store: StateStore;
  readonly #now: () => Date;
  /** Those that have ended, by the names of their files: they do not change any more. */
  #ended = new Map<string, Activity>();

  /** Reads nothing yet. */
  constructor(store: StateStore, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  /**
   * Reads them, the one that began last first.
   *
   * @throws {FlatbedError} If they cannot be listed. One that cannot be read is left out.
   */
  async read(signal: AbortSignal): Promise<Activity[]> {
    const found: Activity[] = [];
    const ended = new Map<string, Activity>();
    const files = await this.#store.list(ACTIVITIES_FOLDER, {
      most: MOST_LOOKED_AT,
    });
    await forEach(files, AT_ONCE, async (file) => {
      const known = this.#ended.get(file.name);
      const activity = known ?? await this.#readOne(file);
      if (activity === undefined) return;
      found.push(activity);
      if (hasEnded(activity)) ended.set(file.name, activity);
    }, signal);
    this.#ended = ended;
    return found.sort((a, b) => b.since.getTime() - a.since.getTime());
  }

  async #readOne(file: StateFile): Promise<Activity | undefined> {
    const id = idNamed(file.name);
    if (id === undefined || file.size > LARGEST_ACTIVITY) return undefined;
    const stored = await this.#decode(id, file.name);
    if (stored === undefined || hasEnded(stored)) return plain(stored);
    const activity = byClockOfStore(stored, file.mtime);
    if (isAlive(this.#store, id)) return plain(activity);
    // It may just have ended, and given its lock back.
    const again = await this.#decode(id, file.name);
    return again === undefined || hasEnded(again)
      ? plain(again)
      : this.#judge(activity);
  }

  async #decode(id: string, name: string): Promise<StoredActivity | undefined> {
    try {
      const content = await this.#store.read(name);
      return content && decodeActivity(id, content);
    } catch {
      return undefined; // removed meanwhile, or not to be read by this user
    }
  }

  /** How an activity is that has not ended, and whose process does not certainly live. */
  #judge({ isLocked, ...activity }: StoredActivity): Activity {
    const host = hostName();
    if (isLocked && host !== undefined && host === activity.host) {
      return { ...activity, state: "killed", files: [] };
    }
    const last = Math.max(
      activity.updated.getTime(),
      activity.until?.getTime() ?? 0,
    );
    return this.#now().getTime() - last > SILENT_AFTER
      ? { ...activity, state: "silent", files: [] }
      : activity;
  }
}

/** Without what only tells whether its process lives. */
function plain(stored: StoredActivity | undefined): Activity | undefined {
  if (stored === undefined) return undefined;
  const { isLocked: _, ...activity } = stored;
  return activity;
}

function hasEnded({ state }: Activity): boolean {
  return state === "done" || state === "failed" || state === "stopped";
}

/** The times by the clock of the store: that of another machine may be wrong. */
function byClockOfStore(
  activity: StoredActivity,
  mtime: Date,
): StoredActivity {
  const { since, updated } = activity;
  const ahead = updated.getTime() - mtime.getTime();
  if (Math.abs(ahead) < SAME_CLOCK) return activity;
  return {
    ...activity,
    since: new Date(since.getTime() - ahead),
    updated: mtime,
  };
}
