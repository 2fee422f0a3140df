import { forEach } from "../../base/mod.ts";
import type { StateStore } from "../state/state_store.ts";
import {
  decodeStatus,
  shardNamed,
  SHARDS_FOLDER,
  type ShardStatus,
} from "./shard_status.ts";

/** How many files are read at once: those of a bucket are asked for one by one. */
const AT_ONCE = 16;

/** A longer file is none of a shard, in bytes. */
const LARGEST_STATUS = 256 * 1024;

/** What the shards of a mirror have said last, by their count and index. */
export async function listShards(
  store: StateStore,
  signal?: AbortSignal,
): Promise<ShardStatus[]> {
  const found: ShardStatus[] = [];
  const files = await store.list(SHARDS_FOLDER);
  await forEach(files, AT_ONCE, async ({ name, size, mtime }) => {
    const shard = shardNamed(name);
    if (shard === undefined || size > LARGEST_STATUS) return;
    const content = await store.read(name);
    const status = content && decodeStatus(shard, content);
    if (status) found.push(byClockOfStore(status, mtime));
  }, signal);
  return found.sort((a, b) => a.count - b.count || a.index - b.index);
}

/**
 * The times of a shard that runs by the clock of the store, as all shards have it: that of
 * the shard's own host may be wrong, and would make the shard look dead, or alive for long.
 */
function byClockOfStore(status: ShardStatus, mtime: Date): ShardStatus {
  const { state, since, updated } = status;
  if (state !== "running") return status;
  const age = updated.getTime() - since.getTime();
  return { ...status, since: new Date(mtime.getTime() - age), updated: mtime };
}
