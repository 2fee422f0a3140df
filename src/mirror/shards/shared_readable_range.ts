import type {
  EntitlementOutcome,
  ReadableRange,
} from "../plan/readable_range.ts";

const OUTCOMES: readonly EntitlementOutcome[] = [
  ...["all", "readable", "refused", "no-files", "unknown"] as const,
];

/** What the account can read of a data type, as shards share it. */
export function encodeReadableRange(readable: ReadableRange): string {
  return JSON.stringify(readable);
}

/** Reads what was kept; `undefined` where it is something else. */
export function decodeReadableRange(
  content: Uint8Array,
): ReadableRange | undefined {
  try {
    const { outcome, date, isExact, until } = JSON.parse(
      new TextDecoder().decode(content),
    );
    const isDate = (value: unknown) =>
      value === undefined ||
      typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value);
    return OUTCOMES.includes(outcome) && isDate(date) && isDate(until)
      ? { outcome, date, isExact: isExact === true, until }
      : undefined;
  } catch {
    return undefined;
  }
}
