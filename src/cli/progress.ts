import type { createLogUpdate } from "log-update";
import process from "node:process";
import { S3Catalog } from "../catalog/mod.ts";
import { formatBytes } from "../base/mod.ts";
import { formatCount, formatDuration, shorten } from "./format.ts";
import { isQuiet, isTerminal, terminalWidth } from "./terminal.ts";

/** The interval between two drawings of the bars, in milliseconds. */
const REDRAW = 100;
/** The most files that have a bar of their own. */
const MAX_BARS = 8;

interface FileProgress {
  started: number;
  bytes: number;
  total: number | undefined;
}

/**
 * Progress bars: one for all files and one for each file in progress, redrawn in place.
 * Without a terminal, nothing is drawn.
 */
export class Progress implements Disposable {
  readonly #files = new Map<string, FileProgress>();
  readonly #started = performance.now();
  readonly #count: number;
  readonly #draw: ReturnType<typeof createLogUpdate> | undefined;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #finished = 0;
  #finishedBytes = 0;

  private constructor(
    count: number,
    draw: ReturnType<typeof createLogUpdate> | undefined,
  ) {
    this.#count = count;
    this.#draw = draw;
    if (draw !== undefined) {
      this.#timer = setInterval(() => this.#redraw(), REDRAW);
    }
  }

  /** Starts drawing the progress of `count` files, if there is a terminal. */
  static async start(count: number, isSilent: boolean): Promise<Progress> {
    const canDraw = !isSilent && !isQuiet() && isTerminal() &&
      Deno.stderr.isTerminal();
    return new Progress(count, canDraw ? await loadDraw() : undefined);
  }

  /** Whether there are bars; without them, each file gets a line. */
  get isDrawn(): boolean {
    return this.#draw !== undefined;
  }

  /** Updates the progress of a file. */
  update(key: string, bytes: number, total: number | undefined): void {
    const file = this.#files.get(key);
    if (file === undefined) {
      this.#files.set(key, { started: performance.now(), bytes, total });
    } else {
      file.bytes = bytes;
      file.total = total;
    }
  }

  /** Ends the progress of a file, successful or not; one not in progress is ignored. */
  finish(key: string, bytes: number): void {
    if (!this.#files.delete(key)) return;
    this.#finished++;
    this.#finishedBytes += bytes;
  }

  /** Removes the bars. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#draw?.clear();
    this.#draw?.done();
  }

  /** Removes the bars until they are drawn again, so that a line can be printed. */
  clear(): void {
    this.#draw?.clear();
  }

  #redraw(): void {
    const width = terminalWidth();
    const elapsed = performance.now() - this.#started;
    let bytes = this.#finishedBytes;
    let share = this.#finished;
    for (const file of this.#files.values()) {
      bytes += file.bytes;
      if (file.total) share += file.bytes / file.total;
    }
    const all = barLine({
      name: `${this.#finished} of ${formatCount(this.#count, "file")}, ${
        formatBytes(bytes)
      }`,
      share: share / this.#count,
      speed: bytes / elapsed * 1000,
      left: share > 0 ? elapsed / share * (this.#count - share) : undefined,
    }, width);
    const each = [...this.#files].slice(0, MAX_BARS).map(([key, file]) => {
      const time = Math.max(performance.now() - file.started, 1);
      const share = file.total ? file.bytes / file.total : 0;
      return barLine({
        name: labelOf(key),
        share,
        speed: file.bytes / time * 1000,
        left: share > 0 ? time / share * (1 - share) : undefined,
      }, width);
    });
    this.#draw?.([all, ...each].join("\n"));
  }
}

async function loadDraw(): Promise<
  ReturnType<typeof createLogUpdate> | undefined
> {
  try {
    const { createLogUpdate } = await import("log-update");
    return createLogUpdate(process.stderr);
  } catch (error) {
    // It reads the environment, and bars are not worth a permission prompt.
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

const catalog = new S3Catalog();

/** The label of a file: its data type and date. */
export function labelOf(key: string): string {
  if (!catalog.validateKey(key)) return key;
  const { dataType, date } = catalog.parseKeyMetadata(key);
  return `${dataType} ${date}`;
}

/** A line of progress. */
export interface Bar {
  name: string;
  /** The fraction that is done, from 0 to 1. */
  share: number;
  /** Bytes per second. */
  speed: number;
  /** The time left in milliseconds, if known. */
  left: number | undefined;
}

/** The columns' widths: the longest label of a file, a speed such as 12.3 MB/s, and a time. */
const NAME_WIDTH = 32;
const PERCENT_WIDTH = 4;
const SPEED_WIDTH = 9;
const LEFT_WIDTH = 13;
const BAR_WIDTH = { least: 8, most: 24 };

/** Formats a line with columns of fixed width, fewer on a narrow terminal. */
export function barLine(
  { name, share, speed, left }: Bar,
  width: number,
): string {
  const done = share > 0 ? Math.min(1, share) : 0;
  const percent = `${Math.floor(done * 100)}%`.padStart(PERCENT_WIDTH);
  const space = Math.max(PERCENT_WIDTH, width - 1);
  const nameWidth = Math.min(NAME_WIDTH, space - PERCENT_WIDTH - 1);
  const columns = [percent];
  let used = nameWidth + 1 + PERCENT_WIDTH;
  if (used + 1 + SPEED_WIDTH <= space) {
    columns.push(`${formatBytes(speed)}/s`.padStart(SPEED_WIDTH));
    used += 1 + SPEED_WIDTH;
  }
  if (used + 1 + LEFT_WIDTH + 1 + BAR_WIDTH.least <= space) {
    const time = left === undefined ? "" : `${formatDuration(left)} left`;
    columns.push(time.padStart(LEFT_WIDTH));
    used += 1 + LEFT_WIDTH;
  }
  const barWidth = Math.min(BAR_WIDTH.most, space - used - 1);
  if (barWidth >= BAR_WIDTH.least) {
    const filled = Math.round(done * barWidth);
    columns.unshift("█".repeat(filled) + "░".repeat(barWidth - filled));
  }
  return nameWidth <= 0
    ? percent
    : [shorten(name, nameWidth).padEnd(nameWidth), ...columns].join(" ");
}
