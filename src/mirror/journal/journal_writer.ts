import { dirname } from "node:path";
import { fileError, statFile, writeAllSync } from "../../files/mod.ts";
import { MirrorDamagedError } from "../errors.ts";
import { END_LINE } from "./journal_line.ts";
import { encodeHeader, type JournalHeader } from "./read_journal.ts";

/**
 * A journal's one writer. Its lines are on the disk when they are appended, and are never
 * changed. As long as it is open, the file is locked where the file system can do that.
 */
export class JournalWriter implements Disposable {
  /** Where it is. */
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #id: string;
  /** The size of its whole lines, in bytes. */
  #size: number;
  #hasChanges = false;
  #isSpoilt = false;

  private constructor(path: string, file: Deno.FsFile, size: number) {
    this.path = path;
    this.#file = file;
    this.#size = size;
    this.#id = idOf(file.statSync());
  }

  /**
   * Makes a new journal.
   *
   * @throws {LocalFileError} If it cannot be made.
   */
  static create(
    path: string,
    header: Omit<JournalHeader, "isLocked">,
  ): JournalWriter {
    const started = `${path}${STARTED_ENDING}`;
    let file: Deno.FsFile | undefined;
    try {
      Deno.mkdirSync(dirname(path), { recursive: true });
      file = Deno.openSync(started, {
        read: true,
        append: true,
        createNew: true,
      });
      const isLocked = tryLock(file);
      const line = encode(encodeHeader({ ...header, isLocked }));
      writeAllSync(file, line);
      file.syncDataSync();
      // It gets its name with its first line: nobody finds it without.
      Deno.renameSync(started, path);
      syncFolder(dirname(path));
      return new JournalWriter(path, file, line.length);
    } catch (error) {
      file?.close();
      throw fileError("write journal", path, error);
    }
  }

  /**
   * Appends lines, and returns when they are on the disk. Who is killed meanwhile leaves
   * the first of them.
   *
   * @throws {MirrorDamagedError} If the journal was removed or replaced.
   * @throws {LocalFileError} If they cannot be written.
   */
  append(lines: readonly string[]): void {
    this.assertInPlace();
    const bytes = encode(lines.join("\n"));
    try {
      writeAllSync(this.#file, bytes);
      this.#file.syncDataSync();
    } catch (error) {
      this.#cutBack();
      throw fileError("write journal", this.path, error);
    }
    this.#size += bytes.length;
    this.#hasChanges = true;
  }

  /** Removes what was written of lines that failed: the next ones must not follow half a line. */
  #cutBack(): void {
    try {
      this.#file.truncateSync(this.#size);
    } catch {
      // What was written to a line's end holds; half a line would spoil the next one.
      this.#isSpoilt = true;
    }
  }

  /**
   * Asserts that the journal still lies where it was made.
   *
   * @throws {MirrorDamagedError} If it does not.
   */
  assertInPlace(): void {
    const there = statFile(this.path);
    if (
      !this.#isSpoilt && there !== undefined && idOf(there) === this.#id
    ) return;
    throw new MirrorDamagedError(
      this.#isSpoilt
        ? `Cannot write journal '${this.path}': an earlier line could not be written to its end; run the shard again`
        : `Cannot write journal '${this.path}': it was removed or replaced while the shard was running; run the shard again: it takes the files that are there`,
      { reason: "replaced" },
    );
  }

  /** Says that nothing will follow, and closes the file; one without changes is removed. */
  [Symbol.dispose](): void {
    try {
      if (this.#hasChanges) this.append([END_LINE]);
      else if (idOf(statFile(this.path)) === this.#id) {
        Deno.removeSync(this.path);
      }
    } catch {
      // Then it looks like that of a shard that was killed.
    }
    this.#file.close();
  }
}

/** Whether a lock could be had, which nobody else wants: not every file system has locks. */
function tryLock(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    return false;
  }
}

function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return; // folders cannot be opened there
  using folder = Deno.openSync(path);
  folder.syncSync();
}

function idOf(file: Deno.FileInfo | undefined): string {
  return `${file?.dev} ${file?.ino}`;
}

function encode(line: string): Uint8Array {
  return new TextEncoder().encode(`${line}\n`);
}

/** What the name of a journal that has no first line yet ends with. */
const STARTED_ENDING = ".part";
