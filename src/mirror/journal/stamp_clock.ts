/**
 * Stamps order the changes of all writers of a mirror, whatever their hosts' clocks say: a
 * hybrid logical clock. A stamp is the time in microseconds since 1970 in base 36, or one
 * more than the greatest stamp seen, and the writer's name, so that no two are the same.
 * As texts they sort by time.
 */
export class StampClock {
  /** The writer's name, which no other writer has. */
  readonly writer: string;
  readonly #now: () => number;
  #last = 0;

  /**
   * Has seen no stamp yet.
   *
   * @param writer The writer's name, of digits and lower-case letters.
   * @param now The host's clock, in milliseconds since 1970.
   */
  constructor(
    writer: string = crypto.randomUUID().slice(-12),
    now: () => number = Date.now,
  ) {
    this.writer = writer;
    this.#now = now;
  }

  /** Takes note of another writer's stamp: later ones of this clock are greater. */
  see(stamp: string): void {
    this.#last = Math.max(this.#last, timeOf(stamp));
  }

  /** The next stamp: greater than all that were seen or made. */
  next(): string {
    this.#last = Math.max(this.#last + 1, Math.trunc(this.#now() * 1000));
    const time = this.#last.toString(36).padStart(TIME_DIGITS, "0");
    return `${time}-${this.writer}`;
  }
}

/** Whether a value is a stamp. */
export function isStamp(value: unknown): value is string {
  return typeof value === "string" && STAMP.test(value) &&
    value < LATEST; // as texts, which is quick
}

/** The time of a stamp, in microseconds since 1970. */
export function timeOf(stamp: string): number {
  return parseInt(stamp.slice(0, TIME_DIGITS), 36);
}

const TIME_DIGITS = 11;
const STAMP = /^[0-9a-z]{11}-[0-9a-z]{1,32}$/;
/** A clock that has seen it can still count on. */
const LATEST = Math.trunc(Number.MAX_SAFE_INTEGER / 2).toString(36)
  .padStart(TIME_DIGITS, "0");
