import { DatabaseSync } from "node:sqlite";
import { LocalFileError } from "../../base/mod.ts";
import { fileIdentity, unlessAbsent, withFileSync } from "../../files/mod.ts";
import { assertRegularFile } from "./assert_regular_file.ts";
import {
  applyLog,
  FRAME_HEADER_SIZE,
  LOG_HEADER_SIZE,
  type LogEnd,
} from "./write_ahead_log.ts";

/** How often the files are read again while a writer comes, goes or restarts its log. */
const MAX_READS = 50;

/** Where the two bytes of a database stand that are 2 in WAL mode, and otherwise 1. */
const VERSION_OFFSETS = [18, 19];

/**
 * The last committed state of a manifest in WAL mode, in memory. SQLite does not open the
 * files themselves: even for a reader it would create others beside them.
 */
export class ManifestSnapshot implements Disposable {
  /** The database. */
  readonly db: DatabaseSync;
  /** Its size. */
  readonly bytes: number;
  readonly #path: string;
  readonly #state: State;
  readonly #end: LogEnd | undefined;

  private constructor(
    path: string,
    state: State,
    bytes: Uint8Array<ArrayBuffer>,
    end: LogEnd | undefined,
  ) {
    this.#path = path;
    this.#state = state;
    this.#end = end;
    this.bytes = bytes.length;
    this.db = new DatabaseSync(":memory:");
    if (bytes.length === 0) return;
    // The log is applied already.
    for (const at of VERSION_OFFSETS) if (bytes[at] === 2) bytes[at] = 1;
    try {
      this.db.deserialize(bytes);
    } catch (error) {
      this.db.close();
      throw error;
    } finally {
      bytes.buffer.transfer(0); // SQLite has a copy of them
    }
  }

  /**
   * Reads the manifest at a path; there need be none.
   *
   * @throws {LocalFileError} If it cannot be read.
   */
  static take(path: string): ManifestSnapshot {
    for (let reads = 0; reads < MAX_READS; reads++) {
      const before = stateOf(path);
      const bytes = read(path, { spare: sizeOf(`${path}-wal`) });
      const log = read(`${path}-wal`);
      const after = stateOf(path);
      // A log that is still the same has all that was written to the database meanwhile.
      const isSame = before.log === after.log &&
        (before.log !== "" || before.file === after.file);
      if (!isSame) continue;
      const { bytes: applied, end } = bytes.length === 0
        ? { bytes, end: undefined } // the log of a database that was removed
        : applyLog(bytes, log);
      return new ManifestSnapshot(path, before, applied, end);
    }
    throw new LocalFileError(
      `Cannot read manifest '${path}': it changes all the time`,
    );
  }

  /** Whether nothing has been committed since. */
  isCurrent(): boolean {
    const { file, log } = stateOf(this.#path);
    if (file !== this.#state.file || log !== this.#state.log) return false;
    if (this.#end === undefined) return true;
    const { offset, next, isSettled } = this.#end;
    const found = read(`${this.#path}-wal`, {
      offset,
      length: FRAME_HEADER_SIZE,
    });
    return isSettled && found.toHex() === next.toHex();
  }

  /** Frees the memory. */
  [Symbol.dispose](): void {
    this.db.close();
  }
}

/** Where a database counts its changes outside a log: two may come between two ticks of a file's time. */
const COUNTER_OFFSET = 24;

/** Whether a manifest is in WAL mode: its writer has it open, or was killed. */
export function isInWalMode(path: string): boolean {
  return read(path, { offset: VERSION_OFFSETS[0], length: 1 })[0] === 2;
}

/** Tells states of the database and its log apart. */
interface State {
  file: string;
  /** The log's header, which changes when it restarts; empty if there is no log. */
  log: string;
}

function stateOf(path: string): State {
  const file = assertRegularFile(path);
  return {
    file: file === undefined
      ? ""
      : `${fileIdentity(file)} ${
        read(path, { offset: COUNTER_OFFSET, length: 4 }).toHex()
      }`,
    log: read(`${path}-wal`, { length: LOG_HEADER_SIZE }).toHex(),
  };
}

/** The size of a file, 0 if there is none. */
function sizeOf(path: string): number {
  return assertRegularFile(path)?.size ?? 0;
}

/**
 * A file's bytes, or as many of a part as there are; none if there is no file. Their buffer
 * has as many more as are to spare.
 */
function read(
  path: string,
  { offset = 0, length, spare = 0 }: {
    offset?: number;
    length?: number;
    spare?: number;
  } = {},
): Uint8Array<ArrayBuffer> {
  const size = sizeOf(path);
  const wanted = length ?? size;
  const bytes = new Uint8Array(new ArrayBuffer(wanted + spare), 0, wanted);
  const readAll = () => {
    using file = Deno.openSync(path);
    file.seekSync(offset, Deno.SeekMode.Start);
    let done = 0;
    while (done < bytes.length) {
      const read = file.readSync(bytes.subarray(done));
      if (read === null) break;
      done += read;
    }
    return done;
  };
  const count = size === 0
    ? 0
    : withFileSync("read manifest", path, () => unlessAbsent(readAll));
  return bytes.subarray(0, count ?? 0);
}
