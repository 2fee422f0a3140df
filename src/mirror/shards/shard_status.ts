import { plainText } from "../../base/mod.ts";
import type { Shard } from "../../catalog/mod.ts";

/** Figures of a shard's work, such as `fetched` and `bytes`. */
export type ShardCounts = Readonly<Record<string, number>>;

/** How a shard is, or how it ended, as it says itself. */
export interface ShardStatus extends Shard {
  /**
   * `running` until it has ended. One that was killed never says so: then
   * {@linkcode ShardStatus.updated} is long ago.
   */
  readonly state: "running" | "done" | "failed";
  /** What it does or did, such as `flatbed sync`. */
  readonly command: string;
  /**
   * A fingerprint of what the work is of: shards with another one belong to an earlier or
   * another job. Missing where it was not said.
   */
  readonly work?: string | undefined;
  /** The engine's own id of the job, if it is part of one. */
  readonly job?: string | undefined;
  /** The machine, if its name may be known. */
  readonly host?: string | undefined;
  /** The process on that machine. */
  readonly pid: number;
  /** When it began; by the clock of the mirror's file system or bucket while it runs. */
  readonly since: Date;
  /** When it last gave a sign of life, by the same clock: every 30 seconds while it runs, and at its end. */
  readonly updated: Date;
  /** What it has done so far. */
  readonly counts: ShardCounts;
  /** The exit code, if it is a command that has ended. */
  readonly exitCode?: number | undefined;
  /** The error that ended it, if one did. */
  readonly error?: string | undefined;
}

/** Where the shards' files are in a mirror's store. */
export const SHARDS_FOLDER = "shards";

/** The name of a shard's file in a mirror's store: each command has its own. */
export function statusName(
  { command, index, count }: Pick<ShardStatus, "command" | "index" | "count">,
): string {
  const folder = command.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(0, 80);
  return `${SHARDS_FOLDER}/${folder}/${index}-of-${count}.json`;
}

/** The shard of a file's name; `undefined` if it is not one's. */
export function shardNamed(name: string): Shard | undefined {
  const [, index, count] =
    /^shards\/[^/]+\/(\d{1,7})-of-(\d{1,7})\.json$/.exec(name) ??
      [];
  if (index === undefined || count === undefined) return undefined;
  return { index: Number(index), count: Number(count) };
}

/** A shard's status as a file has it. */
export function encodeStatus(status: ShardStatus): string {
  return `${JSON.stringify(status)}\n`;
}

/** Reads a shard's file; `undefined` where it is not what a shard writes. */
export function decodeStatus(
  shard: Shard,
  content: Uint8Array,
): ShardStatus | undefined {
  try {
    const read: Partial<Record<keyof ShardStatus, unknown>> =
      JSON.parse(new TextDecoder().decode(content)) ?? {};
    const { state, command, pid } = read;
    const isState = state === "running" || state === "done" ||
      state === "failed";
    if (!isState || typeof command !== "string" || typeof pid !== "number") {
      return undefined;
    }
    return {
      ...shard,
      state,
      command: printable(command),
      work: typeof read.work === "string" ? printable(read.work) : undefined,
      job: typeof read.job === "string" ? printable(read.job) : undefined,
      host: typeof read.host === "string" ? printable(read.host) : undefined,
      pid,
      since: dateOf(read.since),
      updated: dateOf(read.updated),
      counts: countsOf(read.counts),
      exitCode: typeof read.exitCode === "number" ? read.exitCode : undefined,
      error: typeof read.error === "string" ? printable(read.error) : undefined,
    };
  } catch {
    return undefined;
  }
}

function dateOf(value: unknown): Date {
  const date = new Date(String(value));
  if (Number.isNaN(date.getTime())) throw new RangeError("not a date");
  return date;
}

function countsOf(value: unknown): ShardCounts {
  return Object.fromEntries(
    Object.entries(Object(value)).filter((each): each is [string, number] =>
      typeof each[1] === "number"
    ).map(([name, count]) => [printable(name), count]),
  );
}

/** Text from a file that others can write, cut and without what a terminal obeys. */
function printable(text: string): string {
  return plainText(text).slice(0, 500);
}
