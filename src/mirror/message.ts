/** What has happened, in the words of the command line. */
export interface Message {
  /** Whether it tells of a problem, of something to know, or just of what was done. */
  readonly level: "info" | "note" | "error";
  /** The word that its line begins with, such as `fetched`; none where it is a sentence. */
  readonly word?: string | undefined;
  /** The rest of the line, or the sentence. */
  readonly text: string;
}
