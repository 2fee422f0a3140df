import type { ShardStatus } from "./shard_status.ts";

/** How a shard is, for people. */
export type ShardState =
  | "done"
  | "running"
  | "no-sign-of-life"
  | "failed"
  | "never-started";

/** A shard, whether it has begun or not. */
export interface ShardRow {
  /** Which it is, from 1. */
  index: number;
  /** How it is. */
  state: ShardState;
  /** What it has said; `undefined` if it has not begun. */
  status: ShardStatus | undefined;
}

/** A running shard that has said nothing for so long may be dead, in milliseconds. */
const SILENT_AFTER = 120_000;

/** The shards of a command and a count. */
export interface ShardGroup {
  /** What they do. */
  command: string;
  /** How many there are. */
  count: number;
  /** Each of them, by its index. */
  rows: ShardRow[];
  /** The engine's id of the job of the one that began last. */
  job: string | undefined;
  /** How many have done other work only, which an earlier job did: they count as never started. */
  ofEarlier: number;
}

/** Which {@linkcode ShardGroup} is wanted. */
export interface GroupFilter {
  /** Only of this command. */
  command?: string | undefined;
  /** Only of so many shards. */
  count?: number | undefined;
}

/**
 * The group of which a shard began last, with those that have not begun.
 *
 * @param shards What the mirror tells.
 * @param now The current time.
 * @param filter Which groups count.
 * @returns The group; `undefined` where none has begun.
 */
export function latestGroup(
  shards: readonly ShardStatus[],
  now: Date,
  { command, count }: GroupFilter = {},
): ShardGroup | undefined {
  const isOf = (shard: ShardStatus, filter: GroupFilter) =>
    (filter.command === undefined || shard.command === filter.command) &&
    (filter.count === undefined || shard.count === filter.count);
  const latest = shards.filter((shard) => isOf(shard, { command, count }))
    .toSorted((a, b) => a.since.getTime() - b.since.getTime()).at(-1);
  if (latest === undefined) return undefined;
  const all = shards.filter((shard) => isOf(shard, latest));
  const known = new Map(
    all.filter(({ work }) => work === latest.work)
      .map((status) => [status.index, status]),
  );
  return {
    command: latest.command,
    count: latest.count,
    job: latest.job,
    ofEarlier: all.length - known.size,
    rows: Array.from({ length: latest.count }, (_, at) => {
      const status = known.get(at + 1);
      return { index: at + 1, state: stateOf(status, now), status };
    }),
  };
}

function stateOf(status: ShardStatus | undefined, now: Date): ShardState {
  if (status === undefined) return "never-started";
  if (status.state !== "running") return status.state;
  return now.getTime() - status.updated.getTime() > SILENT_AFTER
    ? "no-sign-of-life"
    : "running";
}
