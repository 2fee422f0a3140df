import type { ObjectInfo } from "../../store/mod.ts";
import type { FileEncoding } from "../mirror_file.ts";
import type { Holding } from "./holdings.ts";
import type { PlanItem } from "./plan.ts";
import { versionDifference } from "./version_difference.ts";

/** What is to be done about a day's file. */
export function judgeDay(
  holdings: readonly Holding[],
  encoding: FileEncoding,
  object: ObjectInfo | undefined,
  day: {
    isListed: boolean;
    isDue: boolean;
    isAccepted: boolean;
    isUnfinished: boolean;
    isReleasedWanted: boolean;
    /** Whether there is a file, be it one that the mirror does not know. */
    isThere: boolean;
  },
): Pick<PlanItem, "state" | "reason" | "gzipFault"> {
  const own = holdings.find(({ entry }) => entry.encoding === encoding);
  // A release is of the day, in either encoding.
  const released = holdings.find(({ state }) => state === "released");
  // What is not listed any more cannot be fetched again: that day is missing.
  const canBeFetched = object !== undefined || !day.isListed;
  if (
    released !== undefined && !day.isReleasedWanted && canBeFetched &&
    (own === undefined || own === released)
  ) {
    const reason = object && versionDifference(released.entry, object);
    return { state: "released", ...(reason && { reason }) };
  }
  const kept = own && keptState(own);
  if (object === undefined) {
    if (kept !== undefined) {
      return { ...kept, reason: day.isListed ? "not-listed" : "unlisted" };
    }
    // The catalog calls it `not-due`.
    if (!day.isDue) return { state: "not-published" };
    if (!day.isListed) return { state: "new", reason: "unlisted" };
    return { state: day.isAccepted ? "accepted" : "missing" };
  }
  if (own === undefined) {
    if (holdings.some(({ state }) => state === "whole")) {
      return { state: "new", reason: "encoding" };
    }
    if (day.isUnfinished) return { state: "new", reason: "unfinished" };
    return day.isThere
      ? { state: "new", reason: "untracked" }
      : { state: "new" };
  }
  if (own.state !== "whole" && own.state !== "damaged-at-source") {
    return { state: "new", reason: own.state };
  }
  const difference = versionDifference(own.entry, object);
  if (difference !== undefined) {
    return { state: "replaced", reason: difference };
  }
  return kept ?? { state: "present" };
}

/** The state of a file that is as it was fetched, if it is. */
function keptState(
  { state, entry }: Holding,
): Pick<PlanItem, "state" | "gzipFault"> | undefined {
  if (state === "whole") return { state: "present" };
  if (state !== "damaged-at-source") return undefined;
  const { gzipFault = "is not whole" } = entry;
  return { state, gzipFault };
}
