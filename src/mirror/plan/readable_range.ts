/**
 * What an account can read of a data type:
 *
 * - `all`: every listed file that was tried, none was refused;
 * - `readable`: files from a date on (older ones are refused), or up to a date (newer ones are refused);
 * - `refused`: none of the files that were tried, neither the newest nor older ones;
 * - `no-files`: there are no files;
 * - `unknown`: too little could be tried, for instance because listing was refused.
 */
export type EntitlementOutcome =
  | "all"
  | "readable"
  | "refused"
  | "no-files"
  | "unknown";

/** The dates that an account can read of a data type. */
export interface ReadableRange {
  /** What can be read. */
  outcome: EntitlementOutcome;
  /** The oldest date whose file can be read, if there is one; if not exact, the oldest date that is not known to be refused. */
  date: string | undefined;
  /** Whether the file of that date is known to be readable; `false` if the search was ended early. */
  isExact: boolean;
  /** The newest date whose file can be read, if newer ones are refused that were due long ago. */
  until?: string | undefined;
}
