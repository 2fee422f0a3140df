import type { LackingFile } from "../mirror/mod.ts";

/** Why there are no rows of a day, as the end of a sentence. */
export const NO_ROWS_REASONS: Readonly<Record<LackingFile["reason"], string>> =
  {
    "not-in-mirror": "not in the mirror",
    "released": "released, and the service is not asked",
    "lost": "lost from the mirror",
    "damaged":
      "damaged in the mirror: 'flatbed verify --repair' fetches it again",
    "damaged-at-source": "damaged at source",
    "not-found": "not found at the service",
    "access-denied": "refused by the service",
    "failed": "could not be read",
    "no-parquet": "of which there is no Parquet: 'flatbed parquet' makes it",
  };
