// deno-lint-ignore-file no-console -- only this module writes to the terminal
import process from "node:process";
import { messageOf } from "./arguments.ts";
import { wrap } from "./format.ts";

const encoder = new TextEncoder();

/** Standard output cannot be written to. */
export class OutputError extends Error {
  override name = "OutputError";
}

/** The wait when a non-blocking output is full, in milliseconds. */
const WAIT = 5;
/** Never notified: only the timeout ends the wait. */
const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Linux's `PIPE_BUF`: a write of up to so many bytes to a pipe is atomic. */
const PIECE_SIZE = 4096;
/** The size of the line buffer of Rust's standard output, which Deno writes through. */
const BUFFER_SIZE = 1024;
const LINE_FEED = 10;

/**
 * Writes text to standard output as it is.
 *
 * @throws {Deno.errors.BrokenPipe} If the reader has closed it.
 * @throws {OutputError} If it cannot be written for another reason.
 */
export function write(text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  for (let done = 0; done < bytes.length;) {
    done += writePiece(firstPiece(bytes.subarray(done)));
  }
}

/** The longest part that can be written atomically, at a line break if there is one. */
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

/** Whether a path means standard output. */
export function isStandardOutput(path: string): boolean {
  return ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].includes(path);
}

/** The lines that {@linkcode keepQuiet} holds back; `undefined` if it was not called. */
let heldBack: string[] | undefined;

/** From now on, holds back what is printed, except problems and JSON. */
export function keepQuiet(): void {
  heldBack ??= [];
}

/** Whether output is held back. */
export function isQuiet(): boolean {
  return heldBack !== undefined;
}

/** Prints what was held back to standard error, since there is a problem. */
export function tellHeldBack(): void {
  for (const line of heldBack?.splice(0) ?? []) printError(line);
}

/** Writes one line to standard output. */
export function print(line = ""): void {
  if (heldBack === undefined) write(`${line}\n`);
}

/** Control and invisible characters, which are escaped in JSON too. */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Writes a sentence to standard output, wrapped to the terminal. */
export function printText(text: string): void {
  if (heldBack !== undefined) heldBack.push(text);
  else print(isTerminal() ? fit(text) : text);
}

/** Wraps lines that are too long for the terminal. */
function fit(text: string): string {
  const width = terminalWidth();
  return text.split("\n").map((line) =>
    line.length > width ? wrap(line, width, 0) : line
  ).join("\n");
}

/** Writes one object as one line of JSON to standard output, errors as {@linkcode errorRecord}, control characters escaped. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(
    value,
    (_, field) => field instanceof Error ? errorRecord(field) : field,
  );
  write(`${json.replaceAll(INVISIBLE, escapeUnits)}\n`);
}

/** An error in a line of JSON. */
export interface ErrorRecord {
  /** The code of an error of Flatbed's own. */
  code?: unknown;
  message: string;
  /** The object's key, if it concerns one. */
  key?: unknown;
}

/** An error as it is in a line of JSON. */
export function errorRecord(
  error: unknown,
  message = error instanceof Error ? error.message : String(error),
): ErrorRecord {
  if (!(error instanceof Error)) return { message };
  const { code, key }: Error & Partial<ErrorRecord> = error;
  return { code, message, key };
}

/** Escapes a character for JSON, in UTF-16. */
function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** Writes a line to standard error, wrapped to the terminal. */
export function printError(line: string): void {
  console.error(Deno.stderr.isTerminal() ? fit(line) : line);
}

/** Writes a line to standard error that is not a problem; nothing with `--quiet`. */
export function printNote(line: string): void {
  if (heldBack === undefined) printError(line);
}

/** Whether a line on standard error can be drawn over. */
export function canDrawOnError(): boolean {
  return !isQuiet() && Deno.stderr.isTerminal();
}

/** Draws a line on standard error, over the one that was drawn before. */
export function drawOnError(line: string): void {
  Deno.stderr.writeSync(encoder.encode(`\r\x1b[K${line}`));
}

/** Whether standard output is a terminal. */
export function isTerminal(): boolean {
  return Deno.stdout.isTerminal();
}

/** The terminal's width in columns; 80 without a terminal. */
export function terminalWidth(): number {
  return process.stdout.columns ?? process.stderr.columns ?? 80;
}

/** The styles of text. */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  inverse: [7, 27],
} as const;

/** Styles text for a terminal, unless `NO_COLOR` is set; returns it unchanged otherwise. */
export function style(name: keyof typeof STYLES, text: string): string {
  if (Deno.noColor || !isTerminal()) return text;
  const [on, off] = STYLES[name];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}
