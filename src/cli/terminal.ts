// deno-lint-ignore-file no-console -- this is the place that writes to the terminal
import process from "node:process";

const encoder = new TextEncoder();

/** Standard output takes no more: going on makes no sense. */
export class OutputError extends Error {
  override name = "OutputError";
}

/** Writes text to standard output as it is. */
export function write(text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  try {
    for (let done = 0; done < bytes.length;) {
      done += Deno.stdout.writeSync(bytes.subarray(done));
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
      throw new OutputError(
        "Cannot write to standard output: the disk is full",
        { cause: error },
      );
    }
    throw error;
  }
}

/** Writes one line to standard output. */
export function print(line = ""): void {
  write(`${line}\n`);
}

/** Writes one object as one line of JSON to standard output. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** Writes one line to standard error. */
export function printError(line: string): void {
  console.error(line);
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
