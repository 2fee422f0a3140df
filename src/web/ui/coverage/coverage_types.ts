/**
 * What a calendar shows of each day, as one letter in `days` of
 * {@linkcode CoverageLine}: a name of `DAY_LOOKS` in `src/web/day_looks.ts`, or `before`.
 */
export const DAY_LETTERS = {
  p: "present",
  q: "parquet",
  r: "released",
  m: "missing",
  d: "damaged",
  a: "accepted",
  x: "refused",
  n: "not-published",
  o: "optional",
  c: "closed",
  b: "before",
} as const;

/** One of {@linkcode DAY_LETTERS}. */
export type DayLetter = keyof typeof DAY_LETTERS;

/** The first line of the answer of `GET /api/coverage`. */
export interface CoverageHead {
  /** How many lines follow, one for each dataset of which the mirror knows files. */
  readonly datasets: number;
  /** Today's date in New York, `YYYY-MM-DD`. */
  readonly today: string;
  /** The last date whose files are due. */
  readonly lastDue: string;
}

/** What there is of a year: its number, files, their bytes, Parquet files, their bytes. */
export type CoverageYear = readonly [
  year: number,
  files: number,
  bytes: number,
  parquetFiles: number,
  parquetBytes: number,
];

/** What the mirror has of a dataset: one of the other lines. */
export interface CoverageLine {
  /** The dataset's id. */
  readonly dataType: string;
  /** The date of the first letter in `days`, `YYYY-MM-DD`. */
  readonly from: string;
  /**
   * A letter for each day since then, in groups of seven; where a group comes several
   * times, it is there once, followed by how often. See {@linkcode packDays}.
   */
  readonly days: string;
  /** The sizes, year by year. */
  readonly years: readonly CoverageYear[];
  /** Why the dataset could not be read, if so: then there are no days. */
  readonly problem?: string;
}
