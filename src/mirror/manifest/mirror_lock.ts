import { delay } from "@std/async/delay";
import {
  fileError,
  hostName,
  inspectPath,
  writeAllSync,
} from "../../files/mod.ts";
import { LocalFileError } from "../../base/mod.ts";
import { type LockHolder, MirrorBusyError } from "../errors.ts";
import { type LiveJournal, liveJournals } from "../journal/journal_life.ts";
import { OF_ANY_SHARD, shardOfJournal } from "../journal/journal_name.ts";
import { listJournals } from "../journal/list_journals.ts";
import { STATE_FOLDER } from "../state_folder.ts";

/**
 * The lock of the one writer. The system holds it for the open file, so it ends with
 * the process, however that ends; what is written in the file only says who it is.
 */
export class MirrorLock implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #isSole: boolean;

  private constructor(file: Deno.FsFile, isSole: boolean) {
    this.#file = file;
    this.#isSole = isSole;
  }

  /**
   * Takes the lock of a mirror, whose folders are there.
   *
   * @throws {MirrorBusyError} If somebody else has it.
   */
  static async take(folder: string, holder: LockHolder): Promise<MirrorLock> {
    const path = lockPath(folder);
    const file = await openLock(path);
    try {
      for (let tries = 1; !await file.tryLock(true); tries++) {
        // Whoever gives it back takes its name away first. Then a program that is just
        // being started has a copy of the open file until it runs.
        const error = await busy(folder, path);
        if (error.holder !== undefined || tries === MAX_TRIES) throw error;
        await delay(BETWEEN_TRIES_MS);
      }
      await file.truncate();
      const text = `${JSON.stringify(holder)}\n`;
      writeAllSync(file, new TextEncoder().encode(text));
      return new MirrorLock(file, true);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * Takes a share of the lock, for a process that does a shard: as many as want have one,
   * and as long the one writer has none. Where the file system has no locks, that is no
   * error: then nothing says that the mirror is in use.
   *
   * @throws {MirrorBusyError} If somebody writes to the whole mirror.
   */
  static async share(folder: string): Promise<MirrorLock> {
    const path = lockPath(folder);
    const file = await openLock(path);
    try {
      for (let tries = 1; !await tryShare(file); tries++) {
        // Some commands have it for a moment only.
        if (tries === MAX_TRIES) throw await busy(folder, path);
        await delay(BETWEEN_TRIES_MS);
      }
      return new MirrorLock(file, false);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Gives the lock back. */
  [Symbol.dispose](): void {
    // It stays: whoever has just opened it would hold the lock of a removed file.
    if (this.#isSole) this.#file.truncateSync();
    this.#file.close();
  }
}

/** How often the lock is tried where it may be free in a moment, and how long is waited in between. */
const MAX_TRIES = 20;
const BETWEEN_TRIES_MS = 100;

async function openLock(path: string): Promise<Deno.FsFile> {
  // Opening a pipe may wait for somebody else to open it too, and it holds nothing.
  if (inspectPath(path).kind === "other") {
    throw new LocalFileError(
      `Cannot use lock '${path}': it is not a regular file`,
    );
  }
  return await Deno.open(path, { read: true, write: true, create: true });
}

/** Whether a share could be had, or the file system has no locks. */
async function tryShare(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(false);
  } catch {
    return true;
  }
}

/** Where the lock of a mirror is. */
export function lockPath(folder: string): string {
  return `${folder}/${STATE_FOLDER}/lock`;
}

/** How this process is named to others that want the lock. */
export function describeProcess(
  command: string | undefined,
  now: Date,
): LockHolder {
  return {
    pid: Deno.pid,
    command: command ?? mainModule(),
    host: hostName(),
    since: now.toISOString(),
  };
}

/** The script that runs; its arguments are not told, since they may hold secrets. */
function mainModule(): string {
  return Deno.mainModule.replace(/[?#].*$/, "").split("/").at(-1) || "deno";
}

async function busy(
  folder: string,
  path: string,
): Promise<MirrorBusyError> {
  const shards = liveJournals(
    listJournals(folder).filter(({ name }) =>
      shardOfJournal(name)?.index !== OF_ANY_SHARD // its process has another one
    ),
  );
  if (shards.length > 0) return busyWithShards(folder, shards);
  const holder = await readHolder(path);
  if (holder === undefined) {
    return new MirrorBusyError(
      `Cannot write to mirror '${folder}': another process is writing to it`,
    );
  }
  const { pid, command, host, since } = holder;
  const where = host === undefined ? "" : ` on ${host}`;
  return new MirrorBusyError(
    `Cannot write to mirror '${folder}': process ${pid}${where} (${command}) has been writing to it since ${since}`,
    { holder },
  );
}

/** The error of a mirror of which shards are under way. */
function busyWithShards(
  folder: string,
  [first, ...others]: readonly LiveJournal[],
): MirrorBusyError {
  const holder = first?.header;
  const { index, count } = shardOfJournal(first?.name ?? "") ?? {};
  const more = others.length === 0
    ? "is"
    : `and ${others.length} more on this machine are`;
  const who = holder === undefined ? "" : `: ${describe(holder)}`;
  return new MirrorBusyError(
    `Cannot write to mirror '${folder}': shard ${index}/${count} ${more} writing to it${who}; 'flatbed shards' shows when that ends`,
    { holder },
  );
}

/** Who holds a lock, to follow a colon. */
export function describe({ pid, command, host, since }: LockHolder): string {
  const where = host === undefined ? "" : ` on ${host}`;
  return `process ${pid}${where} (${command}) since ${since}`;
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const { pid, command, host, since } = JSON.parse(
      await Deno.readTextFile(path),
    ) ?? {};
    if (
      !Number.isSafeInteger(pid) || typeof command !== "string" ||
      typeof since !== "string"
    ) return undefined;
    return {
      pid,
      command: printable(command),
      host: typeof host === "string" ? printable(host) : undefined,
      since: printable(since),
    };
  } catch {
    return undefined; // not written yet, or not to be read while it is locked
  }
}

function printable(text: string): string {
  return text.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, "?");
}

/** Turns what the system says about a mirror's folder into one of the project's own errors. */
export function folderError(folder: string, error: unknown): unknown {
  if (
    !(error instanceof Error) || error instanceof Deno.errors.NotCapable ||
    error instanceof MirrorBusyError
  ) return error;
  return fileError("open mirror", folder, error);
}
