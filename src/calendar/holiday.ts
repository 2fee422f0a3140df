/**
 * What a {@linkcode Holiday} means for trading.
 *
 * - `"holiday"`: closed all day, by a rule that comes back every year.
 * - `"early-close"`: a session that ends before the regular time, planned or not.
 * - `"special-closure"`: closed all day, once.
 */
export type HolidayKind = "holiday" | "early-close" | "special-closure";

/** A day on which a market is closed, or closes early, out of the ordinary. */
export interface Holiday {
  /** The date, `YYYY-MM-DD`: the day on which it is kept, never a weekend day. */
  date: string;
  /** Its name in English, with `(observed)` where it is kept on another day than its own. */
  name: string;
  /** What it means for trading. */
  kind: HolidayKind;
}
