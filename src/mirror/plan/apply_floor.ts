import {
  AccessDeniedError,
  NotFoundError,
  ObjectArchivedError,
} from "../../base/mod.ts";
import { statFile } from "../../files/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { Floor } from "./floor.ts";
import type { Floors } from "./floors.ts";
import { isBelow } from "./is_below.ts";
import { isWanted } from "./is_wanted.ts";
import type { PlanItem, PlanRange } from "./plan.ts";

/** Up to so many files are simply asked for: finding the floor would take as many requests. */
const FEW = 14;

/** Finds out, where it is worth it, from which date on the account can read. */
export async function findFloor(
  context: MirrorContext,
  floors: Floors,
  range: PlanRange,
  items: PlanItem[],
  signal: AbortSignal | undefined,
): Promise<Floor | undefined> {
  const known = floors.known(range.dataType);
  if (known !== undefined) return known;
  const wanted = items.filter(isWanted);
  const [oldest] = wanted;
  if (oldest === undefined || wanted.length <= FEW) return undefined;
  if (!await isRefused(context, oldest.key)) return undefined;
  return await floors.find(range.dataType, { refused: oldest.date, signal });
}

/** Marks what the account cannot read. */
export function applyFloor(
  floor: Floor | undefined,
  range: PlanRange,
  items: PlanItem[],
): void {
  if (floor === undefined) return;
  if (floor.date !== undefined) range.floor = floor.date;
  if (floor.outcome === "refused") range.floor = null;
  for (const item of items) {
    if (isWanted(item) && isBelow(floor, item.date)) {
      item.state = "refused";
      item.reason = "floor";
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
