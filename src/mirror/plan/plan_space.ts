import { formatDifferentBytes } from "../../base/mod.ts";
import type { Message } from "../message.ts";

/** The disk space that carrying out a plan needs, and what is free. */
export interface PlanSpace {
  /** The bytes that are needed at the least, less what is there of unfinished files. */
  needed: number;
  /** The bytes that are free; `undefined` if that is not known, or has no limit. */
  free: number | undefined;
}

/**
 * Says that there is too little space, in the words that a sync would end with.
 *
 * @param space The space.
 * @param location Where the mirror is.
 * @returns A sentence; `undefined` if there is enough, as far as is known.
 */
export function describeLackOfSpace(
  { needed, free }: PlanSpace,
  location: string,
): Message | undefined {
  if (free === undefined || needed <= free) return undefined;
  const [wanted, there] = formatDifferentBytes(needed, free);
  return {
    level: "error",
    text:
      `Not enough space for mirror '${location}': ${wanted} are needed, and ${there} are free`,
  };
}
