import type { Holding } from "../plan/holdings.ts";
import type { NoRowsReason } from "./extract_event.ts";

/** Why none of a day's copies can be read. */
export function reasonOf(
  holdings: readonly Pick<Holding, "state">[],
): NoRowsReason {
  const states = holdings.map(({ state }) => state);
  if (states.includes("damaged-at-source")) return "damaged-at-source";
  const [state] = states;
  return state === undefined || state === "whole" ? "not-in-mirror" : state;
}
