import type { PlanItem } from "./plan.ts";

/** Whether a sync fetches an item. */
export function isWanted({ state }: Pick<PlanItem, "state">): boolean {
  return state === "new" || state === "replaced";
}
