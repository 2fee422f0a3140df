import type { createLogUpdate } from "log-update";
import process from "node:process";
import { formatBytes, formatCount, formatDuration, shorten } from "./format.ts";
import { isTerminal, terminalWidth } from "./terminal.ts";

/** How often the bars are drawn, in milliseconds. */
const REDRAW = 100;
/** At most this many files have a bar of their own. */
const MAX_BARS = 8;

interface FileProgress {
  started: number;
  bytes: number;
  total: number | undefined;
}

/**
 * How far the downloads are: one bar for all files and one for each that is under
 * way, redrawn in place. Where there is no terminal, it stays silent.
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

  /** Starts to draw the progress of that many files, where there is a terminal to draw on. */
  static async start(count: number, isSilent: boolean): Promise<Progress> {
    const canDraw = !isSilent && isTerminal() && Deno.stderr.isTerminal();
    return new Progress(count, canDraw ? await loadDraw() : undefined);
  }

  /** Whether there are bars; without them, each file gets a line. */
  get isDrawn(): boolean {
    return this.#draw !== undefined;
  }

  /** A file is that far. */
  update(key: string, bytes: number, total: number | undefined): void {
    const file = this.#files.get(key);
    if (file === undefined) {
      this.#files.set(key, { started: performance.now(), bytes, total });
    } else {
      file.bytes = bytes;
      file.total = total;
    }
  }

  /** A file is through, well or not. */
  finish(key: string, bytes: number): void {
    this.#files.delete(key);
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
    const left = share > 0
      ? `, ${formatDuration(elapsed / share * (this.#count - share))} left`
      : "";
    const all = bar(
      `${this.#finished} of ${formatCount(this.#count, "file")}`,
      share / this.#count,
      `${formatBytes(bytes)}, ${formatBytes(bytes / elapsed * 1000)}/s${left}`,
      width,
    );
    const each = [...this.#files].slice(0, MAX_BARS).map(([key, file]) => {
      const time = Math.max(performance.now() - file.started, 1);
      const speed = `${formatBytes(file.bytes / time * 1000)}/s`;
      const share = file.total ? file.bytes / file.total : 0;
      const left = share > 0
        ? `, ${formatDuration(time / share * (1 - share))} left`
        : "";
      return bar(key, share, speed + left, width);
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
    // It looks at the environment, which bars are not worth a permission for.
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** One line: a name, a bar and a note, as much of them as the width holds. */
export function bar(
  name: string,
  share: number,
  note: string,
  width: number,
): string {
  const filled = Math.min(1, Math.max(0, share));
  const percent = `${Math.floor(filled * 100)}%`.padStart(4);
  if (width < 40) return shorten(`${percent} ${name}`, width - 1);
  const noteWidth = Math.min(note.length, Math.floor(width * 0.4));
  const barWidth = Math.max(8, Math.min(24, Math.floor(width / 5)));
  const nameWidth = Math.max(
    8,
    Math.min(52, width - barWidth - noteWidth - percent.length - 4),
  );
  const done = Math.round(filled * barWidth);
  return [
    shorten(name, nameWidth).padEnd(nameWidth),
    "█".repeat(done) + "░".repeat(barWidth - done) + percent,
    note.slice(0, noteWidth),
  ].join(" ").slice(0, width - 1);
}
