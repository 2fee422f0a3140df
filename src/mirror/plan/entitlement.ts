import type { DataType } from "../../catalog/mod.ts";
import type { EntitlementOutcome } from "./readable_range.ts";

/** What an account can read of a data type. */
export interface Entitlement {
  /** The dataset's id. */
  dataType: DataType;
  /** Whether it can read all, what is newer or older than a date, or nothing. */
  outcome: EntitlementOutcome;
  /** The oldest date whose file it can read, `YYYY-MM-DD`; `null` where there is none. */
  since: string | null;
  /** Whether that date was found: otherwise nothing older can be read, and perhaps it cannot either. */
  isExact: boolean;
  /** The newest date whose file it can read, where newer ones are refused that were due long ago; else `null`. */
  until: string | null;
}
