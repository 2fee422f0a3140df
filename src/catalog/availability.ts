import { addDays } from "../calendar/mod.ts";
import type { DataTypeName } from "./dataset.ts";
import { getDataset } from "./get_dataset.ts";
import { getFileDay } from "./file_days.ts";
import { isDue, lastDueDate, newYorkDate } from "./publication.ts";

/**
 * Why a day's file may be absent, judged by its date alone:
 *
 * - `future`: its day has not come;
 * - `not-due`: it is not due yet;
 * - `before`: the dataset begins later;
 * - `optional`: not every such day has one;
 * - `none`: no such day should have one;
 * - `due`: its date is no reason.
 */
export type AbsenceReason =
  | "future"
  | "not-due"
  | "before"
  | "optional"
  | "none"
  | "due";

/** What a file's date says of its absence. */
export interface Absence {
  /** Why it may be absent. */
  reason: AbsenceReason;
  /** The same as the end of a sentence; empty if the date is no reason. */
  text: string;
}

/**
 * Explains why a day's file may be absent, judged by its date alone.
 *
 * @param dataType The dataset's id.
 * @param date The file's date, `YYYY-MM-DD`.
 * @param now The current time.
 * @returns The reason, as a code and as a text.
 * @throws {TypeError} If an argument has the wrong type.
 * @throws {RangeError} If there is no such dataset or date.
 *
 * @example
 * ```ts
 * import { explainAbsence } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * const now = new Date("2024-01-03T15:00:00Z");
 * assertEquals(explainAbsence("stocks_daily", "2024-01-02", now).reason, "not-due");
 * assertEquals(
 *   explainAbsence("stocks_daily", "2003-09-09", now).text,
 *   "stocks_daily begins on 2003-09-10",
 * );
 * ```
 */
export function explainAbsence<Name extends string>(
  dataType: DataTypeName<Name>,
  date: string,
  now: Date,
): Absence {
  const { id, firstDate } = getDataset(dataType);
  if (!isDue(date, now)) return notDue(date, now);
  if (date < firstDate) {
    return { reason: "before", text: `${id} begins on ${firstDate}` };
  }
  switch (getFileDay(id, date)) {
    case "expected":
      return { reason: "due", text: "" };
    case "optional":
      return {
        reason: "optional",
        text: "not every such day has a file",
      };
    case "none":
      return { reason: "none", text: "no file of that day is expected" };
  }
}

function notDue(date: string, now: Date): Absence {
  const today = newYorkDate(now);
  // East of New York the next day may have begun: New York's tomorrow counts as not due,
  // not as the future.
  return date > addDays(today, 1)
    ? {
      reason: "future",
      text: `${date} is in the future: today is ${today} in New York`,
    }
    : { reason: "not-due", text: `it is not due yet: ${dueTime(date)}` };
}

function dueTime(date: string): string {
  return `files of ${date} appear on ${
    addDays(date, 1)
  } at about 11:00 in New York`;
}

/** A file may be published so many days late: minute files once were, by three. */
const LATE_DAYS = 7;
/** The history of the smallest plan, in days. */
const SHORTEST_HISTORY_DAYS = 2 * 365;

/**
 * Explains what a 403 for a day's file can mean, the most likely cause first. The service
 * answers 403 for datasets that the plan does not include, for days before the plan's
 * history, if an agreement is not signed, and for files that are not published yet, and
 * does not say which.
 *
 * @param date The file's date, `YYYY-MM-DD`.
 * @param now The current time.
 * @returns The causes, as the end of a sentence.
 * @throws {TypeError} If an argument has the wrong type.
 * @throws {RangeError} If there is no such date.
 *
 * @example
 * ```ts
 * import { explainRefusal } from "@flatbed/flatbed/catalog";
 * import { assertMatch } from "@std/assert";
 *
 * const now = new Date("2024-01-03T15:00:00Z");
 * assertMatch(explainRefusal("2024-01-02", now), /^most likely it is not published yet/);
 * assertMatch(explainRefusal("2010-01-04", now), /^it may be older than the plan's history/);
 * ```
 */
export function explainRefusal(date: string, now: Date): string {
  const plan =
    "the plan may not include the dataset, or an agreement may not be signed";
  if (!isDue(date, now)) {
    const { reason, text } = notDue(date, now);
    return reason === "future"
      ? text
      : `most likely it is not published yet: ${dueTime(date)}; or ${plan}`;
  }
  const last = lastDueDate(now);
  if (date > addDays(last, -LATE_DAYS)) {
    return `it may not be published yet, ${plan}`;
  }
  const isOld = date < addDays(last, -SHORTEST_HISTORY_DAYS);
  return isOld ? `it may be older than the plan's history, ${plan}` : plan;
}
