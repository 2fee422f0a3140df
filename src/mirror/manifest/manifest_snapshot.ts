import { DatabaseSync } from "node:sqlite";
import { LocalFileError } from "../../base/mod.ts";
import { fileIdentity, unlessAbsent, withFileSync } from "../../files/mod.ts";
import { MirrorDamagedError } from "../errors.ts";
import {
  applyLog,
  FRAME_HEADER_SIZE,
  LOG_HEADER_SIZE,
  type LogEnd,
} from "./write_ahead_log.ts";

/** How often the files are read anew while a writer comes, goes or begins its log again. */
const TRIES = 50;

/**
 * A manifest as its last finished change has left it, in memory. SQLite never sees the
 * files: it would make some of its own beside them, even for a reader.
 */
export class ManifestSnapshot implements Disposable {
  /** The database. */
  readonly db: DatabaseSync;
  readonly #path: string;
  readonly #state: string;
  readonly #end: LogEnd | undefined;

  private constructor(
    path: string,
    state: string,
    bytes: Uint8Array<ArrayBuffer>,
    end: LogEnd | undefined,
  ) {
    this.#path = path;
    this.#state = state;
    this.#end = end;
    this.db = new DatabaseSync(":memory:");
    if (bytes.length === 0) return;
    // The log is in it already: it says no more that there is one.
    for (const at of [18, 19]) if (bytes[at] === 2) bytes[at] = 1;
    try {
      this.db.deserialize(bytes);
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  /**
   * Reads the manifest at a path; there need be none.
   *
   * @throws {LocalFileError} If it cannot be read.
   */
  static take(path: string): ManifestSnapshot {
    for (let tries = 1; tries <= TRIES; tries++) {
      const before = stateOf(path);
      const bytes = readWhole(path);
      const log = readWhole(`${path}-wal`);
      const after = stateOf(path);
      // As long as a log is the same one, it has all that was written to the database meanwhile.
      const isSame = before.log === after.log &&
        (before.log !== "" || before.file === after.file);
      if (!isSame) continue;
      const { bytes: applied, end } = bytes.length === 0
        ? { bytes, end: undefined } // what is left of another one
        : applyLog(bytes, log);
      return new ManifestSnapshot(path, textOf(before), applied, end);
    }
    throw new LocalFileError(
      `Cannot read manifest '${path}': it changes all the time`,
    );
  }

  /** Whether nothing has been written since. */
  isCurrent(): boolean {
    if (textOf(stateOf(this.#path)) !== this.#state) return false;
    if (this.#end === undefined) return true;
    const { offset, next, isSettled } = this.#end;
    return isSettled &&
      hex(readSome(`${this.#path}-wal`, offset, FRAME_HEADER_SIZE)) ===
        hex(next);
  }

  /** Lets go of the memory. */
  [Symbol.dispose](): void {
    this.db.close();
  }
}

/**
 * Asserts that what lies at a path is a file, if anything does: opening a pipe waits
 * for somebody else to open it too.
 *
 * @throws {MirrorDamagedError} If it is a folder.
 * @throws {LocalFileError} If it is something else.
 */
export function assertOrdinaryFile(path: string): void {
  statOrdinary(path);
}

/** Tells states of the database and its log apart. */
interface State {
  file: string;
  /** The log's header, which changes when it begins again; empty where there is no log. */
  log: string;
}

function stateOf(path: string): State {
  const file = statOrdinary(path);
  return {
    file: file === undefined ? "" : fileIdentity(file),
    log: hex(readSome(`${path}-wal`, 0, LOG_HEADER_SIZE)),
  };
}

function textOf({ file, log }: State): string {
  return `${file}/${log}`;
}

function statOrdinary(path: string): Deno.FileInfo | undefined {
  const file = orAbsent(path, () => Deno.statSync(path));
  if (file === undefined || file.isFile) return file;
  throw file.isDirectory
    ? new MirrorDamagedError(
      `Cannot read manifest '${path}': it is a folder; a rebuild makes it anew from the files`,
      { reason: "unreadable" },
    )
    : new LocalFileError(
      `Cannot use manifest '${path}': it is not a regular file`,
    );
}

function readWhole(path: string): Uint8Array<ArrayBuffer> {
  if (statOrdinary(path) === undefined) return new Uint8Array();
  return orAbsent(path, () => Deno.readFileSync(path)) ?? new Uint8Array();
}

/** A part of a file, shorter where the file ends. */
function readSome(
  path: string,
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  if (statOrdinary(path) === undefined) return bytes.subarray(0, 0);
  const count = orAbsent(path, () => {
    using file = Deno.openSync(path);
    file.seekSync(offset, Deno.SeekMode.Start);
    let done = 0;
    while (done < length) {
      const read = file.readSync(bytes.subarray(done));
      if (read === null) break;
      done += read;
    }
    return done;
  });
  return bytes.subarray(0, count ?? 0);
}

function orAbsent<T>(path: string, action: () => T): T | undefined {
  return withFileSync("read manifest", path, () => unlessAbsent(action));
}

function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}
