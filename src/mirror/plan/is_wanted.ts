import type { PlanItem } from "./plan.ts";

/** Whether a sync fetches the file of an item. */
export function isWanted({ state }: Pick<PlanItem, "state">): boolean {
  return state === "new" || state === "replaced";
}
