/**
 * Why there are no rows of a day, as the end of a sentence, by the reasons that
 * `Mirror.extract()`, `Mirror.files()` and `Mirror.check()` give.
 */
export const NO_ROWS_REASONS: Readonly<
  Record<
    | "not-in-mirror"
    | "released"
    | "lost"
    | "damaged"
    | "damaged-at-source"
    | "not-found"
    | "access-denied"
    | "failed"
    | "no-parquet",
    string
  >
> = {
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
