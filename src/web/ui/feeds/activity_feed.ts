import {
  type Activity,
  latestGroup,
  type ShardGroup,
  type ShardRow,
} from "../../../mirror/mod.ts";
import type {
  ActivityEvent,
  ActivityInfo,
  ShardInfo,
  ShardsInfo,
  Told,
} from "../api_types.ts";
import type { Feed } from "../events.ts";
import type { UiContext } from "../ui_context.ts";

/** How often is looked what runs, in milliseconds: what is in a bucket is asked for over the network. */
const PERIOD = { folder: 1000, bucket: 5000 };
/** How often is looked how the shards are, in milliseconds: each has a file. */
const SHARDS_PERIOD = 5000;
/** Shards that began longer ago are not shown, in milliseconds. */
const DAY = 24 * 60 * 60 * 1000;
/** The most activities that are told: of those that run, and of those that have ended. */
const MOST = { running: 32, ended: 10 };
/** How many messages are told of what has ended. */
const MESSAGES_OF_ENDED = 10;
/** The most shards that are told. */
const MOST_SHARDS = 40;

/** Tells the page what runs on the mirror, in this process and in others, and what ended lately. */
export function activityFeed(context: UiContext): Feed {
  let shards: ShardsInfo | undefined;
  let shardsReadAt = -Infinity;
  return {
    name: "activity",
    period: /^s3:/i.test(context.location) ? PERIOD.bucket : PERIOD.folder,
    async read(): Promise<ActivityEvent> {
      const { reader } = context;
      const at = performance.now();
      const [activities] = await Promise.all([
        reader.activities(),
        at - shardsReadAt < SHARDS_PERIOD ? undefined : readShards(),
      ]);
      const alive = activities.filter(isAlive);
      const ended = activities.filter((each) => !isAlive(each));
      const running = alive.filter(({ state }) => state === "running").length;
      const told = [
        ...alive.slice(0, MOST.running),
        ...ended.slice(0, MOST.ended).map((each) => ({
          ...each,
          messages: each.messages.slice(-MESSAGES_OF_ENDED),
        })),
      ];
      return {
        running,
        ...(running > 0 && { now: context.now().toISOString() }),
        activities: told.map(infoOf),
        more: Math.max(0, alive.length - MOST.running),
        ...(shards !== undefined && { shards }),
      };

      async function readShards(): Promise<void> {
        shardsReadAt = at;
        const now = context.now();
        const group = latestGroup(await reader.shards(), now);
        shards = group && isRecent(group, now) ? shardsOf(group) : undefined;
      }
    },
  };
}

function isAlive({ state }: Activity): boolean {
  return state === "running" || state === "waiting";
}

function infoOf(activity: Activity): ActivityInfo {
  const told: Told<Activity> = JSON.parse(JSON.stringify(activity));
  return { ...told, isOwn: activity.pid === Deno.pid };
}

function isRecent({ rows }: ShardGroup, now: Date): boolean {
  return rows.some(({ status }) =>
    status !== undefined && now.getTime() - status.updated.getTime() < DAY
  );
}

/** The states of shards, the one that wants most attention first. */
const WORST_FIRST: readonly ShardInfo["state"][] = [
  "failed",
  "no-sign-of-life",
  "running",
  "never-started",
];

function shardsOf({ command, count, rows }: ShardGroup): ShardsInfo {
  const byState = Map.groupBy(rows, ({ state }) => state);
  const states = [...byState].map(([state, of]) => [state, of.length]);
  return {
    command,
    count,
    states: Object.fromEntries(states),
    rows: WORST_FIRST.flatMap((state) => byState.get(state) ?? [])
      .slice(0, MOST_SHARDS).map(shardOf),
  };
}

function shardOf({ index, state, status }: ShardRow): ShardInfo {
  return {
    index,
    state,
    host: status?.host,
    since: status?.since.toISOString(),
    updated: status?.updated.toISOString(),
    counts: status?.counts ?? {},
    error: status?.error,
  };
}
