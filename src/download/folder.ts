/** What keys of one level have in common: their beginning up to the next slash. */
export interface Folder {
  /** The beginning of the keys, with the slash that ends it. */
  folder: string;
}
