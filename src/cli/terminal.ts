// deno-lint-ignore-file no-console -- this is the place that writes to the terminal
import process from "node:process";
import { messageOf } from "./arguments.ts";
import { wrap } from "./format.ts";

const encoder = new TextEncoder();

/** Standard output takes no more: going on makes no sense. */
export class OutputError extends Error {
  override name = "OutputError";
}

/** How long it is waited where whoever reads the output does not keep up, in milliseconds. */
const WAIT = 5;
/** Nothing but the end of that time wakes whoever waits for it. */
const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Linux takes so many bytes for a pipe as a whole, or none of them: `PIPE_BUF`. */
const PIECE_SIZE = 4096;
/** What Rust, which Deno writes through, keeps where it has no line's end in it. */
const BUFFER_SIZE = 1024;
const LINE_FEED = 10;

/**
 * Writes text to standard output as it is.
 *
 * @throws {Deno.errors.BrokenPipe} If whoever reads it has left.
 * @throws {OutputError} If it cannot be written for another reason.
 */
export function write(text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  for (let done = 0; done < bytes.length;) {
    done += writePiece(firstPiece(bytes.subarray(done)));
  }
}

/** As much as can be written at once, lines where there are any. */
function firstPiece(bytes: Uint8Array): Uint8Array {
  const most = bytes.subarray(0, PIECE_SIZE);
  return most.subarray(0, most.lastIndexOf(LINE_FEED) + 1 || most.length);
}

/**
 * Writes a piece. Where the output does not block and is full, nothing of the piece was
 * taken, or, without a line's end and short, all of it was and waits to be handed on:
 * only so it can be tried again without a byte too many.
 */
function writePiece(piece: Uint8Array): number {
  const isKept = piece.length < BUFFER_SIZE && piece.at(-1) !== LINE_FEED;
  for (let isFirst = true;; isFirst = false) {
    try {
      if (isFirst || !isKept) return Deno.stdout.writeSync(piece);
      Deno.stdout.writeSync(new Uint8Array());
      return piece.length;
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      const canWait = error instanceof Deno.errors.WouldBlock &&
        Deno.build.os === "linux";
      if (!canWait) throw outputError(error);
      Atomics.wait(nothing, 0, 0, WAIT);
    }
  }
}

function outputError(error: unknown): OutputError {
  const isFull = error instanceof Error && "code" in error &&
    (error.code === "ENOSPC" || error.code === "EDQUOT");
  const reason = isFull
    ? "the disk is full"
    : messageOf(error).replace(/ \(os error \d+\)$/, "");
  return new OutputError(`Cannot write to standard output: ${reason}`, {
    cause: error,
  });
}

/** Whether a path that was asked for means standard output, whatever that is. */
export function isStandardOutput(path: string): boolean {
  return ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].includes(path);
}

/** What {@linkcode keepQuiet} has held back, or `undefined` where nothing is held back. */
let heldBack: string[] | undefined;

/** From now on lines and sentences are held back, but for problems and JSON. */
export function keepQuiet(): void {
  heldBack ??= [];
}

/** Whether what is no problem is held back. */
export function isQuiet(): boolean {
  return heldBack !== undefined;
}

/** Tells on standard error what was held back: there is a problem that it belongs to. */
export function tellHeldBack(): void {
  for (const line of heldBack?.splice(0) ?? []) printError(line);
}

/** Writes one line to standard output. */
export function print(line = ""): void {
  if (heldBack === undefined) write(`${line}\n`);
}

/** What a terminal would obey or not show, in JSON as well. */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Writes a sentence to standard output, broken between words where it is a narrow terminal. */
export function printText(text: string): void {
  if (heldBack !== undefined) heldBack.push(text);
  else print(isTerminal() ? fit(text) : text);
}

/** Breaks the lines that are too long for the terminal between words. */
function fit(text: string): string {
  const width = terminalWidth();
  return text.split("\n").map((line) =>
    line.length > width ? wrap(line, width, 0) : line
  ).join("\n");
}

/** Writes one object as one line of JSON to standard output, errors as {@linkcode errorRecord}; what a terminal would obey is escaped. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(
    value,
    (_, field) => field instanceof Error ? errorRecord(field) : field,
  );
  write(`${json.replaceAll(INVISIBLE, escapeUnits)}\n`);
}

/** An error in a line of JSON. */
export interface ErrorRecord {
  /** What it is about, where it is one of Flatbed's own. */
  code?: unknown;
  message: string;
  /** The object's key, where it concerns one. */
  key?: unknown;
}

/** What a line of JSON says of an error. */
export function errorRecord(
  error: unknown,
  message = error instanceof Error ? error.message : String(error),
): ErrorRecord {
  if (!(error instanceof Error)) return { message };
  const { code, key }: Error & Partial<ErrorRecord> = error;
  return { code, message, key };
}

/** A character as JSON escapes it, in UTF-16. */
function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** Writes one line to standard error, broken between words where it is a narrow terminal. */
export function printError(line: string): void {
  console.error(Deno.stderr.isTerminal() ? fit(line) : line);
}

/** Writes one line to standard error that is no problem: nothing where it is to be quiet. */
export function printNote(line: string): void {
  if (heldBack === undefined) printError(line);
}

/** Whether standard output is a terminal. */
export function isTerminal(): boolean {
  return Deno.stdout.isTerminal();
}

/** The terminal's width in columns; 80 where there is none. */
export function terminalWidth(): number {
  return process.stdout.columns ?? process.stderr.columns ?? 80;
}

/** The ways in which text can stand out. */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  inverse: [7, 27],
} as const;

/** Text that stands out on a terminal, unless `NO_COLOR` is set; plain everywhere else. */
export function style(name: keyof typeof STYLES, text: string): string {
  if (Deno.noColor || !isTerminal()) return text;
  const [on, off] = STYLES[name];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}
