import { describeDays } from "../../../catalog/mod.ts";
import {
  describeConcerns,
  describeLackOfSpace,
  describePlan,
  type Plan,
  type PlanState,
  tallyPlan,
} from "../../../mirror/mod.ts";
import type { UiContext } from "../ui_context.ts";
import type { PlanAnswer, SyncRequest } from "./job_types.ts";
import { rangeOf } from "./range_of.ts";

/** The states of files that are not fetched though somebody may expect them, and their names. */
const NOT_FETCHED: readonly (readonly [PlanState, string])[] = [
  ["refused", "Refused"],
  ["missing", "Missing upstream, though due"],
  ["damaged-at-source", "Damaged at source"],
  ["released", "Released"],
  ["not-published", "Not due yet"],
];

/**
 * What a sync would do; nothing is fetched, and the lock is not needed.
 *
 * @param request What is to be synced.
 * @param context The server's.
 * @param signal Ends the planning.
 */
export async function planSync(
  request: SyncRequest,
  context: UiContext,
  signal: AbortSignal,
): Promise<PlanAnswer> {
  const { dataTypes, released = false } = request;
  const { maxConcurrent, keepReplaced, limitRate } = context.defaults;
  const now = context.now();
  await using opened = await context.openReader({ asksService: true });
  const { mirror } = opened;
  const plan = await mirror.plan<string>({
    dataTypes,
    ...rangeOf(request, dataTypes, now),
    released,
    signal,
  });
  const space = await mirror.space(plan, {
    ...maxConcurrent !== undefined && { maxConcurrent },
    ...keepReplaced !== undefined && { keepReplaced },
    signal,
  });
  const { location } = mirror;
  const lack = describeLackOfSpace(space, location);
  return {
    rows: tallyPlan(plan),
    files: plan.counts.new + plan.counts.replaced,
    bytes: plan.bytes,
    space,
    messages: [
      ...lack === undefined ? [] : [lack],
      ...describeConcerns(plan, { location, isDryRun: true, now }),
      ...describePlan(plan, { limitRate }),
    ],
    notFetched: NOT_FETCHED.flatMap(([state, why]) => {
      const days = daysIn(plan, state);
      return days === "" ? [] : [[why, days] as const];
    }),
  };
}

/** The days in a state, ranges together. */
function daysIn({ items }: Plan, state: PlanState): string {
  const days = items.filter((item) => item.state === state);
  return days.length === 0 ? "" : describeDays(days);
}
