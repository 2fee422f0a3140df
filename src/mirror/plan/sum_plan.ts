import { isWanted } from "./is_wanted.ts";
import type { Plan, PlanItem, PlanRange, PlanState } from "./plan.ts";

/** A plan of items, with what they come to. */
export function sumPlan(
  items: PlanItem[],
  ranges: PlanRange[],
  foreignKeys: number,
): Plan {
  const counts: Record<PlanState, number> = {
    "new": 0,
    "replaced": 0,
    "present": 0,
    "damaged-at-source": 0,
    "not-published": 0,
    "missing": 0,
    "accepted": 0,
    "released": 0,
    "refused": 0,
  };
  let bytes = 0, unknownSizes = 0, unexpected = 0;
  for (const item of items) {
    counts[item.state]++;
    if (item.isUnexpected) unexpected++;
    if (!isWanted(item)) continue;
    if (item.size === undefined) unknownSizes++;
    else bytes += item.pieces?.bytes ?? item.size;
  }
  return {
    items,
    ranges,
    counts,
    bytes,
    unknownSizes,
    unexpected,
    foreignKeys,
  };
}
