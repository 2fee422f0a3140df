import { FlatbedError } from "../base/mod.ts";
import { type Absence, explainAbsence } from "./availability.ts";
import { readKey } from "./key.ts";

/**
 * What the date in a key says of an object that is not there, or that is refused although
 * it cannot be there yet.
 *
 * @param error What a download or another request has ended with.
 * @param now The current time.
 * @returns Why the object may be absent; `undefined` where the error says something else,
 * or its key is no flat file's.
 *
 * @example
 * ```ts
 * import { NotFoundError } from "@flatbed/flatbed/download";
 * import { absenceOf, S3Catalog } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * const key = new S3Catalog().getStocksDailyKey("2024-01-02");
 * const error = new NotFoundError("Cannot download it", { key });
 * const now = new Date("2024-01-03T15:00:00Z");
 * assertEquals(absenceOf(error, now)?.reason, "not-due");
 * ```
 */
export function absenceOf(error: unknown, now: Date): Absence | undefined {
  if (!(error instanceof FlatbedError)) return undefined;
  const { code, key = "", serviceCode } = error;
  const isAbsent = code === "not-found" && serviceCode !== "NoSuchBucket";
  if (!isAbsent && code !== "access-denied") return undefined;
  const named = readKey(key);
  if (typeof named === "string") return undefined;
  const absence = explainAbsence(named.dataType, named.date, now);
  const isEarly = absence.reason === "not-due" || absence.reason === "future";
  return isAbsent || isEarly ? absence : undefined;
}
