import { editDistance } from "./edit_distance.ts";

/** What is longer is no misspelt name, and would take long to compare. */
const LONGEST = 60;

/**
 * The names that a word is most likely a misspelling of: all that have the least edit
 * distance, case and the kind of separators aside; none where half of the letters differ.
 */
export function nearest(word: string, names: Iterable<string>): string[] {
  const wanted = plain(word.slice(0, LONGEST));
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

/** `maxRetries`, `max_retries` and `MAX-RETRIES` are one name. */
function plain(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}
