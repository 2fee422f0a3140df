import {
  AccessDeniedError,
  NotFoundError,
  ObjectArchivedError,
} from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import type { CopyLookup } from "../destination/destination.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { ReadableRange } from "./readable_range.ts";
import type { Entitlements } from "./entitlements.ts";
import { isOlderThanReadable } from "./is_older_than_readable.ts";
import { isWanted } from "./is_wanted.ts";
import { lookUpDays } from "./look_up.ts";
import type { PlanItem } from "./plan.ts";

/** How many files are simply asked for: a search would take as many requests. */
const MAX_UNSEARCHED_FILES = 14;

/** Finds out, if it is worth it, from which date on the account can read. */
export async function findReadableRange(
  context: MirrorContext,
  entitlements: Entitlements,
  dataType: DataType,
  items: readonly PlanItem[],
  signal: AbortSignal | undefined,
): Promise<ReadableRange | undefined> {
  const known = entitlements.known(dataType);
  if (known !== undefined) return known;
  const wanted = items.filter(isWanted);
  const [oldest] = wanted;
  if (oldest === undefined || wanted.length <= MAX_UNSEARCHED_FILES) {
    return undefined;
  }
  // What shards share is found for all of them: each would ask for another file.
  if (context.shared !== undefined) {
    return await entitlements.find(dataType, { signal });
  }
  if (!await isRefused(context, oldest.key, signal)) return undefined;
  return await entitlements.find(dataType, {
    refused: oldest.date,
    signal,
  });
}

/** The items of a range, with those refused that are older than what the account can read. */
export async function markRefused(
  { destination }: MirrorContext,
  readable: ReadableRange | undefined,
  items: readonly PlanItem[],
): Promise<readonly PlanItem[]> {
  if (readable === undefined) return items;
  const marked: PlanItem[] = [];
  let copies: CopyLookup | undefined;
  for (const item of items) {
    if (!isWanted(item) || !isOlderThanReadable(readable, item.date)) {
      marked.push(item);
      continue;
    }
    const { mayBeAdopted: _, ...rest } = item;
    copies ??= await lookUpDays(destination, {
      dataType: item.dataType,
      from: item.date,
      to: items.at(-1)?.date,
    });
    const isKept = await copies.stat(item.path) !== undefined;
    marked.push({
      ...rest,
      state: "refused",
      reason: "older-than-readable",
      ...(isKept && { isKept }),
    });
  }
  return marked;
}

async function isRefused(
  context: MirrorContext,
  key: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await context.downloader("plan")
      .getObjectInfo(context.catalog.bucket, key, { signal });
    return false;
  } catch (error) {
    if (error instanceof AccessDeniedError) return true;
    const isOther = error instanceof NotFoundError ||
      error instanceof ObjectArchivedError;
    if (isOther) return false;
    throw error;
  }
}
