import { editDistance } from "./edit_distance.ts";

/** Only so many characters are compared: longer names would take long. */
const MAX_LENGTH = 60;

/**
 * The names that a misspelt word most likely means: those with the least edit distance,
 * ignoring case and separators. Names that differ in more than half of the letters are none.
 */
export function nearest(word: string, names: Iterable<string>): string[] {
  const wanted = plain(word.slice(0, MAX_LENGTH));
  let least = Math.floor(wanted.length / 2);
  let found: string[] = [];
  for (const name of new Set(names)) {
    const distance = editDistance(wanted, plain(name));
    if (distance > least) continue;
    if (distance < least) found = [];
    least = distance;
    found.push(name);
  }
  return wanted === "" ? [] : found;
}

/** Makes `maxRetries`, `max_retries` and `MAX-RETRIES` the same. */
function plain(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}
