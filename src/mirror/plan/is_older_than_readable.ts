import type { ReadableRange } from "./readable_range.ts";

/** Whether a date is older than what the account can read. */
export function isOlderThanReadable(
  readable: ReadableRange,
  date: string,
): boolean {
  return readable.outcome === "refused" ||
    readable.outcome === "readable" && date < (readable.date ?? "");
}
