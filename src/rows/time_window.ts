import { NEW_YORK, wrongValue } from "../base/mod.ts";
import { Instant } from "./instant.ts";
import type { TimeBounds } from "./row_index.ts";
import { ZoneOffsets } from "./zone_offsets.ts";

/** Times of day on the clock of a zone. */
export interface Between {
  /** From this time on, as `09:30` or `09:30:00.5`. */
  readonly from: string;
  /** Up to this time, which is not part of it; at or before `from`, it is on the next day. */
  readonly to: string;
  /** The zone whose clock shows these times. @default {"America/New_York"} */
  readonly zone?: string;
}

const SECOND = 1e9;
const DAY = 86_400 * SECOND;
const NANOS = 1_000_000_000n;
/** What is a time at all: from 2001 to 2286. */
const FIRST_SECOND = 1e9;
const LAST_SECOND = 1e10;
const CLOCK = /^([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?$/;

/** A time of day as nanoseconds since midnight. */
function parseClock(text: string, name: string): number {
  const [, hours, minutes, seconds = "0", fraction = ""] = CLOCK.exec(text) ??
    [];
  const time = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) *
      SECOND + Number(fraction.padEnd(9, "0"));
  if (!(time <= DAY)) {
    throw wrongValue(name, "a time such as 09:30 or 16:00:00.5", text);
  }
  return time;
}

/** Says which times, as files write them, are between two times of day. */
export class TimeWindow {
  readonly #offsets: ZoneOffsets;
  readonly #from: number;
  readonly #to: number;
  readonly #instant = new Instant();

  /** @throws {RangeError} If a time or the zone is none. */
  constructor({ from, to, zone = NEW_YORK }: Between) {
    this.#from = parseClock(from, "between.from");
    this.#to = parseClock(to, "between.to");
    this.#offsets = new ZoneOffsets(zone);
  }

  /** Whether the field between two places is such a time; what is no time of our day is not. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    const instant = this.#instant;
    if (!instant.read(bytes, start, end)) return false;
    const time = this.#clock(instant.seconds) + instant.nanos;
    return this.#from < this.#to
      ? time >= this.#from && time < this.#to
      : time >= this.#from || time < this.#to;
  }

  /** Whether a time of these bounds may be such a time. */
  overlaps({ least, greatest }: TimeBounds): boolean {
    const [first, last] = [Number(least / NANOS), Number(greatest / NANOS)];
    // Nonsense, or more than the clock of one day.
    const isPlain = first >= FIRST_SECOND && last - first < 86_400 &&
      last < LAST_SECOND && this.#offsets.at(first) === this.#offsets.at(last);
    if (!isPlain) return true;
    const from = this.#clock(first) + Number(least % NANOS);
    const to = this.#clock(last) + Number(greatest % NANOS);
    if (to < from) return true; // over midnight
    return this.#from < this.#to
      ? to >= this.#from && from < this.#to
      : to >= this.#from || from < this.#to;
  }

  /** The clock's time at a second, in nanoseconds since midnight. */
  #clock(seconds: number): number {
    return (seconds + this.#offsets.at(seconds)) % 86_400 * SECOND;
  }
}
