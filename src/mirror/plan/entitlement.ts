import type { DataType } from "../../catalog/mod.ts";
import type { EntitlementOutcome } from "./readable_range.ts";

/** What an account can read of a data type. */
export interface Entitlement {
  /** The dataset's id. */
  dataType: DataType;
  /** Whether it can read everything, only files newer or older than a date, or nothing. */
  outcome: EntitlementOutcome;
  /** The oldest date whose file it can read, `YYYY-MM-DD`; `null` if there is none. */
  since: string | null;
  /** Whether that date is known to be readable. If not, nothing older can be read, and perhaps this date cannot either. */
  isExact: boolean;
  /** The newest date whose file it can read, if newer ones are refused that were due long ago; otherwise `null`. */
  until: string | null;
}
