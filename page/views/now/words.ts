/**
 * What the view of what runs says of figures and states.
 *
 * @module
 */
import type {
  ActivityInfo,
  SessionDataset,
} from "../../../src/web/ui/api_types.ts";
import { formatBytes, formatDuration } from "../../formats.ts";

/** How an activity is or ended: a word, and a mark that tells it without colour. */
export const STATES: Readonly<
  Record<
    ActivityInfo["state"],
    { mark: string; word: string; tone: "good" | "bad" | "warn" | "plain" }
  >
> = {
  running: { mark: "▶", word: "running", tone: "good" },
  waiting: { mark: "◷", word: "waiting", tone: "plain" },
  done: { mark: "✓", word: "done", tone: "good" },
  failed: { mark: "✕", word: "failed", tone: "bad" },
  stopped: { mark: "■", word: "stopped", tone: "plain" },
  killed: { mark: "!", word: "killed", tone: "bad" },
  silent: { mark: "?", word: "no sign of life", tone: "warn" },
};

/** Whether it goes on. */
export function isAlive({ state }: ActivityInfo): boolean {
  return state === "running" || state === "waiting";
}

/** A speed, or nothing where no bytes come. */
export function formatSpeed(bytesPerSecond: number): string {
  return bytesPerSecond > 0 ? `${formatBytes(bytesPerSecond)}/s` : "–";
}

/** How long something lasts yet, or nothing where that is not known. */
export function formatLeft(ms: number | undefined): string {
  return ms === undefined ? "–" : `${formatDuration(ms)} left`;
}

const CLOCK = new Intl.DateTimeFormat("sv-SE", { timeStyle: "medium" });
const DAY_AND_CLOCK = new Intl.DateTimeFormat("sv-SE", {
  dateStyle: "short",
  timeStyle: "short",
});

/** A time of today as a clock shows it, of another day with its date. */
export function formatClock(instant: string, now = new Date()): string {
  const date = new Date(instant);
  const isToday = date.toDateString() === now.toDateString();
  return (isToday ? CLOCK : DAY_AND_CLOCK).format(date);
}

/** How long an activity lasts yet, in milliseconds, if that can be told. */
export function timeLeft(
  { counts, transfer, since }: ActivityInfo,
  now: number,
): number | undefined {
  const { bytes, bytesDone, files, filesDone, filesFailed } = counts;
  const speed = transfer?.bytesPerSecond ?? 0;
  if (bytes !== undefined && bytes > 0) {
    const left = Math.max(0, bytes - bytesDone);
    return left === 0 ? 0 : speed > 0 ? left / speed * 1000 : undefined;
  }
  const settled = filesDone + filesFailed;
  if (files === undefined || settled === 0) return undefined;
  const each = (now - Date.parse(since)) / settled;
  return Math.max(0, files - settled) * each;
}

/** How much of an activity is done, by bytes where they are known. */
export function shareOf(
  { counts }: ActivityInfo,
): { value: number; of: number | undefined } {
  const { bytes, bytesDone, files, filesDone, filesFailed } = counts;
  return bytes !== undefined && bytes > 0
    ? { value: bytesDone, of: bytes }
    : { value: filesDone + filesFailed, of: files };
}

/** The short name of a flat file, as the command line has it: its dataset and date. */
export function shortName(
  key: string,
  datasets: readonly SessionDataset[],
): string {
  const [, prefix, date] =
    /^(.+)\/\d{4}\/\d{2}\/(\d{4}-\d{2}-\d{2})\.csv(?:\.gz)?$/.exec(key) ?? [];
  const dataset = datasets.find((each) => each.prefix === prefix);
  return dataset === undefined ? key : `${dataset.id} ${date}`;
}
