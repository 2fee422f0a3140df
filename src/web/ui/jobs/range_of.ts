import { DATASETS, startOfLast } from "../../../catalog/mod.ts";
import type { DatesByType } from "../../../mirror/mod.ts";
import type { DayChoice } from "./job_types.ts";

/** The ends of a range, for all datasets or for each. */
export interface ChosenRange {
  readonly from: DatesByType | undefined;
  readonly to: DatesByType | undefined;
}

/**
 * The range that somebody has chosen: a length of time begins on another day for each
 * dataset, as each has its own trading days.
 *
 * @param choice What was chosen.
 * @param dataTypes The datasets; all by default.
 * @param now The current time.
 * @returns The range; an end that was not chosen is left open.
 */
export function rangeOf(
  { from, to, last }: DayChoice,
  dataTypes: readonly string[] = DATASETS.map(({ id }) => id),
  now: Date,
): ChosenRange {
  if (last === undefined) return { from, to };
  return {
    from: Object.fromEntries(
      dataTypes.map((id) => [id, startOfLast<string>(last, id, { to, now })]),
    ),
    to,
  };
}
