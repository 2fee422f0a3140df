import {
  type DamagedFile,
  type DamagedPlace,
  describeDamaged,
} from "../mirror/mod.ts";
import { style } from "./terminal.ts";

/** A line about one file, and where its bytes are. */
export function damagedLine(
  file: DamagedFile,
  place: DamagedPlace,
  keptAs?: string,
): string {
  const text = describeDamaged(file, place, keptAs);
  return `${style("red", "damaged")}   ${text}`;
}
