import type { Floor } from "./floor.ts";

/** Whether a date is older than what the account can read. */
export function isBelow(floor: Floor, date: string): boolean {
  return floor.outcome === "refused" ||
    floor.outcome === "readable" && date < (floor.date ?? "");
}
