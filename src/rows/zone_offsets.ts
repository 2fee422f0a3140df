import { quote } from "../base/mod.ts";

const DAY = 86_400;
/** Clocks change at multiples of this, in seconds. */
const QUARTER = 900;

/** How far a zone's clocks are ahead of UTC, at any instant. */
export class ZoneOffsets {
  readonly #format: Intl.DateTimeFormat;
  /** Of days on which clocks do not change, and of the quarters of an hour of others. */
  readonly #known = new Map<number, number>();
  #day = NaN;
  #offset = 0;

  /**
   * Takes the name of a zone, such as `America/New_York`.
   *
   * @throws {RangeError} If there is no such zone.
   */
  constructor(zone: string) {
    try {
      this.#format = new Intl.DateTimeFormat("en-US", {
        timeZone: zone,
        calendar: "gregory",
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      });
    } catch (cause) {
      throw new RangeError(
        `Cannot use time zone ${
          quote(zone)
        }: expected a name such as America/New_York, Europe/Berlin or UTC`,
        { cause },
      );
    }
  }

  /** The offset in seconds at an instant, in whole seconds since 1970. */
  at(seconds: number): number {
    const day = Math.floor(seconds / DAY);
    if (day === this.#day) return this.#offset;
    const start = this.#of(day * DAY);
    if (start !== this.#of((day + 1) * DAY)) {
      return this.#of(Math.floor(seconds / QUARTER) * QUARTER);
    }
    this.#day = day;
    this.#offset = start;
    return start;
  }

  #of(seconds: number): number {
    let offset = this.#known.get(seconds);
    if (offset === undefined) {
      const parts = this.#format.formatToParts(seconds * 1000);
      const value = (type: string) =>
        Number(parts.find((part) => part.type === type)?.value);
      offset = Date.UTC(
            value("year"),
            value("month") - 1,
            value("day"),
            value("hour"),
            value("minute"),
            value("second"),
          ) / 1000 - seconds;
      this.#known.set(seconds, offset);
    }
    return offset;
  }
}
