import { unlessAbsent, withFileSync } from "../../files/mod.ts";
import { type LockHolder, MirrorDamagedError } from "../errors.ts";
import { ImpossibleValueError } from "../manifest/read_row.ts";
import type { StampedChange } from "./change.ts";
import { checkChange, decodeChange } from "./journal_line.ts";
import { LastChanges } from "./last_changes.ts";

/** The version of journals that this Flatbed writes, and the newest that it reads. */
const VERSION = 1;

/** How far a journal was read. */
export interface JournalPosition {
  /** The bytes of its whole lines so far. */
  readonly bytes: number;
  /** How many lines these are. */
  readonly lines: number;
}

/** The beginning of a journal. */
export const JOURNAL_START: JournalPosition = { bytes: 0, lines: 0 };

/** The first line of a journal: whose it is. */
export interface JournalHeader extends LockHolder {
  /** Whether its writer holds a lock of it as long as it lives. */
  readonly isLocked: boolean;
}

/** What was read of a journal from some position on. */
export interface JournalPart {
  /** The changes; of one row, only what decides. */
  readonly changes: StampedChange[];
  /** Where the next part begins: what follows is not written to its end yet, or never will be. */
  readonly end: JournalPosition;
  /** What is wrong with the line at the end, where reading was to end there. */
  readonly damage: MirrorDamagedError | undefined;
}

/** Options of {@linkcode readJournal}. */
export interface ReadJournalOptions {
  /** Where to begin. */
  from?: JournalPosition;
  /** Whether a damaged line is the end, and no error. */
  untilDamage?: boolean;
}

/** The first line of a journal, without the line's end. */
export function encodeHeader({ isLocked, ...holder }: JournalHeader): string {
  return JSON.stringify({ journal: VERSION, locked: isLocked, ...holder });
}

/**
 * Reads the lines of a journal from a position on. The last one is left out as long as it
 * is not whole: its writer is at it, or was killed.
 *
 * @returns The lines; `undefined` if there is no such file.
 * @throws {MirrorDamagedError} If a line that is whole is no change, or a newer Flatbed wrote it.
 * @throws {LocalFileError} If it cannot be read.
 */
export function readJournal(
  path: string,
  options: ReadJournalOptions = {},
): JournalPart | undefined {
  const bytes = readFrom(path, options.from?.bytes ?? 0);
  return bytes && decodeJournal(path, bytes, options);
}

/**
 * Decodes the lines of a journal.
 *
 * @param path The path or URL that people are told of it.
 * @param bytes Its bytes from a position on.
 * @throws {MirrorDamagedError} If a line that is whole is no change, or a newer Flatbed wrote it.
 */
export function decodeJournal(
  path: string,
  bytes: Uint8Array,
  { from = JOURNAL_START, untilDamage = false }: ReadJournalOptions = {},
): JournalPart {
  const size = bytes.lastIndexOf(NEWLINE) + 1;
  const changes = new LastChanges();
  let { lines } = from;
  let damage: MirrorDamagedError | undefined;
  const text = DECODER.decode(bytes.subarray(0, size));
  // Asked of all lines at once, which mostly is all that need be asked.
  const isUtf8 = !text.includes(NO_CHARACTER);
  for (let at = 0; at < text.length;) {
    const next = text.indexOf("\n", at);
    const line = text.slice(at, next);
    at = next + 1;
    lines++;
    try {
      if (lines === 1) {
        checkHeader(path, line);
        continue;
      }
      const change = isUtf8 ? decodeChange(line) : decode(line);
      if (change === undefined) continue;
      if (untilDamage) checkChange(change);
      changes.add(change, lines);
    } catch (cause) {
      const error = cause instanceof ImpossibleValueError
        ? damaged(path, lines, cause.message, cause)
        : cause;
      const isEnd = untilDamage && error instanceof MirrorDamagedError &&
        error.reason === "unreadable";
      if (!isEnd) throw error;
      damage = error;
      break;
    }
  }
  return {
    changes: changes.list((change, line) => {
      // Those that decide nothing need no check, which takes as long as reading them.
      if (!untilDamage) guardLine(path, line, () => checkChange(change));
    }),
    end: { bytes: from.bytes + size, lines },
    damage,
  };
}

/**
 * Reads the first line of a journal.
 *
 * @returns What it says; `undefined` if it is not there, or not whole.
 */
export function readHeader(path: string): JournalHeader | undefined {
  const bytes = readFrom(path, 0, MAX_HEADER);
  const end = bytes?.indexOf(NEWLINE) ?? -1;
  if (end === -1) return undefined;
  try {
    return parseHeader(new TextDecoder().decode(bytes?.subarray(0, end)));
  } catch {
    return undefined; // who reads the changes says what is wrong
  }
}

function parseHeader(line: string): JournalHeader & { version: unknown } {
  const { journal, locked, pid, command, host, since } = JSON.parse(line) ?? {};
  return {
    version: journal,
    isLocked: locked === true,
    pid: Number(pid),
    command: printable(command) ?? "flatbed",
    host: printable(host),
    since: printable(since) ?? "",
  };
}

function printable(value: unknown): string | undefined {
  return typeof value === "string"
    ? value.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, "?")
    : undefined;
}

function checkHeader(path: string, line: string): void {
  let version: unknown;
  try {
    ({ version } = parseHeader(line));
  } catch {
    throw damaged(path, 1, "it does not say that this is a journal");
  }
  if (version === VERSION) return;
  if (!Number.isSafeInteger(version) || Number(version) < 1) {
    throw damaged(path, 1, "it does not say that this is a journal");
  }
  throw new MirrorDamagedError(
    `Cannot read journal '${path}': its version is ${version}, and this Flatbed reads versions up to ${VERSION}: use a newer Flatbed`,
    { reason: "newer-version" },
  );
}

function decode(line: string): StampedChange | undefined {
  if (line.includes(NO_CHARACTER)) {
    throw new ImpossibleValueError("it is not UTF-8");
  }
  return decodeChange(line);
}

/** Says which line it is that holds what is impossible. */
function guardLine<T>(path: string, number: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ImpossibleValueError)) throw error;
    throw damaged(path, number, error.message, error);
  }
}

function damaged(
  path: string,
  line: number,
  said: string,
  cause?: Error,
): Error {
  return new MirrorDamagedError(
    `Cannot read journal '${path}': line ${line} is damaged (${said}); a rebuild puts it aside, and takes what it is about from the files`,
    { reason: "unreadable", cause },
  );
}

/** A file's bytes from an offset on; `undefined` where there is no file. */
export function readFrom(
  path: string,
  offset: number,
  most: number = Infinity,
): Uint8Array<ArrayBuffer> | undefined {
  return withFileSync("read journal", path, () =>
    unlessAbsent(() => {
      using file = Deno.openSync(path);
      const size = Math.min(most, Math.max(0, file.statSync().size - offset));
      const bytes = new Uint8Array(size);
      if (offset > 0) file.seekSync(offset, Deno.SeekMode.Start);
      let done = 0;
      while (done < size) {
        const read = file.readSync(bytes.subarray(done));
        if (read === null) break;
        done += read;
      }
      return bytes.subarray(0, done);
    }));
}

const NEWLINE = 10;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
/** What stands for bytes that are no UTF-8. */
const NO_CHARACTER = "\ufffd";
const MAX_HEADER = 16 * 1024;
