/** What can stand in a place of the command line. */
export interface Candidate {
  /** The word, without quotes. */
  value: string;
  /** What it is, in a few words. */
  description: string;
}
