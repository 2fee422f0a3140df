import type { KeptReason } from "./release_event.ts";

/** What a release has done, or would do. */
export interface ReleaseSummary {
  /** How many files were released. */
  released: number;
  /** Their size in bytes. */
  bytes: number;
  /** How many files were not released, by the reason. */
  kept: Record<KeptReason, number>;
  /** How many files had been released before. */
  releasedBefore: number;
}

/** The summary of a release that has done nothing yet. */
export function emptyReleaseSummary(): ReleaseSummary {
  return {
    released: 0,
    bytes: 0,
    kept: {
      "old": 0,
      "refused": 0,
      "withdrawn": 0,
      "perhaps-old": 0,
      "changed": 0,
    },
    releasedBefore: 0,
  };
}
