/** A group of keys with the same beginning up to the next slash. */
export interface Folder {
  /** That beginning, with its slash. */
  folder: string;
}
