import { plainText } from "../../base/mod.ts";
import {
  type Activity,
  type ActivityCounts,
  type ActivityFile,
  type ActivityMessage,
  type ActivityState,
  type ActivityTransfer,
  MOST_FILES,
  MOST_MESSAGES,
  MOST_RECENT,
} from "./activity.ts";

/** An activity as its own process writes it. */
export interface StoredActivity extends Activity {
  /** Whether the process holds the lock of a file beside it, which ends with the process. */
  readonly isLocked: boolean;
}

/** The states that a process can say of itself. */
const SAID: readonly ActivityState[] = [
  "running",
  "waiting",
  "done",
  "failed",
  "stopped",
];

/** A content that is longer is none of an activity, in bytes. */
export const LARGEST_ACTIVITY = 256 * 1024;

/** An activity as a file has it. */
export function encodeActivity(activity: StoredActivity): string {
  return `${JSON.stringify(activity)}\n`;
}

/** Reads an activity's file, which anybody may have written; `undefined` where it is not one. */
export function decodeActivity(
  id: string,
  content: Uint8Array,
): StoredActivity | undefined {
  if (content.length > LARGEST_ACTIVITY) return undefined;
  try {
    const read = fieldsOf(JSON.parse(new TextDecoder().decode(content)));
    const state = SAID.find((each) => each === read.state);
    const { command, pid } = read;
    if (
      state === undefined || typeof command !== "string" ||
      typeof pid !== "number" || !Number.isSafeInteger(pid)
    ) return undefined;
    return {
      id,
      command: printable(command),
      about: textOf(read.about),
      host: textOf(read.host),
      pid,
      since: dateOf(read.since),
      updated: dateOf(read.updated),
      state,
      phase: textOf(read.phase) ?? "",
      until: read.until === undefined ? undefined : dateOf(read.until),
      counts: countsOf(fieldsOf(read.counts)),
      files: listOf(read.files).slice(0, MOST_FILES).map(fileOf),
      transfer: read.transfer === undefined
        ? undefined
        : transferOf(fieldsOf(read.transfer)),
      messages: listOf(read.messages).slice(-MOST_MESSAGES).map(messageOf),
      summary: textOf(read.summary),
      exitCode: numberOf(read.exitCode),
      reason: textOf(read.reason),
      isLocked: read.isLocked === true,
    };
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null) {
    throw new TypeError("not an object");
  }
  return { ...value };
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function countsOf(read: Fields): ActivityCounts {
  return {
    files: numberOf(read.files),
    filesDone: numberOf(read.filesDone) ?? 0,
    filesFailed: numberOf(read.filesFailed) ?? 0,
    present: numberOf(read.present),
    bytes: numberOf(read.bytes),
    bytesDone: numberOf(read.bytesDone) ?? 0,
  };
}

function fileOf(read: Fields): ActivityFile {
  return {
    key: textOf(read.key) ?? "",
    since: dateOf(read.since),
    bytes: numberOf(read.bytes) ?? 0,
    size: numberOf(read.size),
    bytesPerSecond: numberOf(read.bytesPerSecond) ?? 0,
  };
}

function transferOf(read: Fields): ActivityTransfer {
  const recent: unknown[] = Array.isArray(read.recent) ? read.recent : [];
  return {
    bytesReceived: numberOf(read.bytesReceived) ?? 0,
    bytesPerSecond: numberOf(read.bytesPerSecond) ?? 0,
    retries: numberOf(read.retries) ?? 0,
    throttled: numberOf(read.throttled) ?? 0,
    connections: numberOf(read.connections) ?? 0,
    interval: numberOf(read.interval) || 1,
    recent: recent.slice(-MOST_RECENT).map((each) => numberOf(each) ?? 0),
  };
}

function messageOf(read: Fields): ActivityMessage {
  const { level } = read;
  return {
    at: dateOf(read.at),
    level: level === "error" || level === "note" ? level : "info",
    word: textOf(read.word),
    text: textOf(read.text) ?? "",
  };
}

function dateOf(value: unknown): Date {
  const date = new Date(String(value));
  if (Number.isNaN(date.getTime())) throw new RangeError("not a date");
  return date;
}

/** A count: neither negative nor endless. */
function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 &&
      value <= Number.MAX_SAFE_INTEGER
    ? value
    : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? printable(value) : undefined;
}

/** Text from a file that others can write, cut and without what a terminal obeys. */
function printable(text: string): string {
  return plainText(text.slice(0, LONGEST_TEXT));
}

/** The length at which a text is cut, in UTF-16 units. */
const LONGEST_TEXT = 1000;
