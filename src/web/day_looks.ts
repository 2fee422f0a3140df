/** What a day of a calendar looks like, in words, colours and shape. */
export interface DayLook {
  /** A short name, for a legend, a filter or a tooltip. */
  name: string;
  /** What it means, as a sentence. */
  meaning: string;
  /** Its colour on white; 3:1 at the least, but for days without anything to know. */
  light: string;
  /** Its colour on `#0d1117`; the same. */
  dark: string;
  /**
   * Its shape as the data of an SVG path (or of a `Path2D`) in a square of 10 × 10, filled
   * by the even-odd rule: days are told apart without colours as well.
   */
  shape: string;
}

/**
 * What a calendar shows of a day: a `DayState` of the mirror but `before`, or that there is
 * a Parquet file besides. Written out, as the page is checked with the browser's types, and
 * cannot import other rooms.
 */
export type DayLookName =
  | "present"
  | "parquet"
  | "released"
  | "missing"
  | "damaged"
  | "accepted"
  | "refused"
  | "not-published"
  | "optional"
  | "closed";

const SQUARE = "M0 0h10v10h-10z";
const TRIANGLE = "M5 0L10 10H0z";
const COLUMNS = "M0 0h4v10h-4zM6 0h4v10h-4z";
const THICK_FRAME = "M0 0h10v10h-10zM3 3v4h4v-4z";
const THIN_FRAME = "M0 0h10v10h-10zM1.5 1.5v7h7v-7z";
const CROSS = "M0 2L2 0L5 3L8 0L10 2L7 5L10 8L8 10L5 7L2 10L0 8L3 5z";
const SLASH = "M0 8L8 0L10 2L2 10z";
const BAR = "M0 3.5h10v3h-10z";
const DOT = "M3.5 3.5h3v3h-3z";

/**
 * How all calendars show a day, in the order of legends: `status --svg` and `--html`, and
 * the page. A day before a dataset's first one is not drawn.
 */
export const DAY_LOOKS: Readonly<Record<DayLookName, DayLook>> = {
  present: {
    name: "present",
    meaning: "The file is here.",
    light: "#1a7f37",
    dark: "#3fb950",
    shape: SQUARE,
  },
  parquet: {
    name: "Parquet",
    meaning: "The file is here, and as Parquet as well.",
    light: "#0969da",
    dark: "#58a6ff",
    shape: COLUMNS,
  },
  released: {
    name: "released",
    meaning: "The file was here and was given back; it can be fetched again.",
    light: "#1a7f37",
    dark: "#3fb950",
    shape: THICK_FRAME,
  },
  missing: {
    name: "missing",
    meaning: "A file is due, and is not here.",
    light: "#d1242f",
    dark: "#f85149",
    shape: CROSS,
  },
  damaged: {
    name: "damaged at source",
    meaning: "The service's own file is no whole gzip.",
    light: "#9a6700",
    dark: "#d29922",
    shape: TRIANGLE,
  },
  accepted: {
    name: "accepted",
    meaning: "A file was due, and somebody accepted that there is none.",
    light: "#d1242f",
    dark: "#f85149",
    shape: SLASH,
  },
  refused: {
    name: "refused",
    meaning: "The account could not read it when that was last tried.",
    light: "#8a6d3b",
    dark: "#b79b63",
    shape: BAR,
  },
  "not-published": {
    name: "not published",
    meaning: "The file is not due yet.",
    light: "#6e7781",
    dark: "#9198a1",
    shape: THIN_FRAME,
  },
  optional: {
    name: "optional",
    meaning: "Such a day may have a file, and need not: it is no gap.",
    light: "#818b98",
    dark: "#6e7681",
    shape: DOT,
  },
  closed: {
    name: "no trading",
    meaning: "The market is closed: weekends and holidays.",
    light: "#d8dee4",
    dark: "#30363d",
    shape: DOT,
  },
};
