/**
 * What an account can read of a data type:
 *
 * - `all`: everything that is listed, as far as was asked: nothing was refused;
 * - `readable`: files from a date on, while older ones are refused, or up to a date, while newer ones are;
 * - `refused`: nothing of what was asked for, of the newest and of older files;
 * - `no-files`: nothing is there that could be read;
 * - `unknown`: too little could be asked, as where listing is refused.
 */
export type EntitlementOutcome =
  | "all"
  | "readable"
  | "refused"
  | "no-files"
  | "unknown";

/** From which date on an account can read a data type. */
export interface ReadableRange {
  /** What can be read. */
  outcome: EntitlementOutcome;
  /** The oldest date whose file can be read, where there is one; where it is not exact, the oldest one that is not known to be refused. */
  date: string | undefined;
  /** Whether the file of the date can be read: not so where the search had to end before it was found. */
  isExact: boolean;
  /** The newest date whose file can be read, where newer ones are refused that were due long ago. */
  until?: string | undefined;
}
