import { describeMisplaced, type IgnoredFile } from "../mirror/mod.ts";
import { printSentence } from "./print_sentence.ts";

/** Says where misplaced files belong. Returns whether there are any. */
export function tellMisplaced(ignored: readonly IgnoredFile[]): boolean {
  const message = describeMisplaced(ignored);
  if (message === undefined) return false;
  printSentence(message);
  return true;
}
