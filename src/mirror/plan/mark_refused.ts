import {
  AccessDeniedError,
  NotFoundError,
  ObjectArchivedError,
} from "../../base/mod.ts";
import { statFile } from "../../files/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { ReadableRange } from "./readable_range.ts";
import type { Entitlements } from "./entitlements.ts";
import { isOlderThanReadable } from "./is_older_than_readable.ts";
import { isWanted } from "./is_wanted.ts";
import type { PlanItem, PlanRange } from "./plan.ts";

/** Up to so many files are simply asked for: a search would take as many requests. */
const FEW = 14;

/** Finds out, where it is worth it, from which date on the account can read. */
export async function findReadableRange(
  context: MirrorContext,
  entitlements: Entitlements,
  range: PlanRange,
  items: PlanItem[],
  signal: AbortSignal | undefined,
): Promise<ReadableRange | undefined> {
  const known = entitlements.known(range.dataType);
  if (known !== undefined) return known;
  const wanted = items.filter(isWanted);
  const [oldest] = wanted;
  if (oldest === undefined || wanted.length <= FEW) return undefined;
  if (!await isRefused(context, oldest.key)) return undefined;
  return await entitlements.find(range.dataType, {
    refused: oldest.date,
    signal,
  });
}

/** Marks what the account cannot read. */
export function markRefused(
  readable: ReadableRange | undefined,
  range: PlanRange,
  items: PlanItem[],
): void {
  if (readable === undefined) return;
  if (readable.date !== undefined) range.oldestReadable = readable.date;
  if (readable.outcome === "refused") range.oldestReadable = null;
  for (const item of items) {
    if (isWanted(item) && isOlderThanReadable(readable, item.date)) {
      item.state = "refused";
      item.reason = "older-than-readable";
      delete item.mayBeAdopted;
      if (statFile(item.path) !== undefined) item.isKept = true;
    }
  }
}

async function isRefused(
  context: MirrorContext,
  key: string,
): Promise<boolean> {
  try {
    await context.downloader("plan")
      .getObjectInfo(context.catalog.bucket, key);
    return false;
  } catch (error) {
    if (error instanceof AccessDeniedError) return true;
    const isOther = error instanceof NotFoundError ||
      error instanceof ObjectArchivedError;
    if (isOther) return false;
    throw error;
  }
}
