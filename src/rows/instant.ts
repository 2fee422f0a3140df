const ZERO = 48;
const POINT = 46;

/** Digits before the point of what is counted in seconds, ms, µs and ns, from 2001 to 2286. */
const SECONDS_DIGITS = 10;
const DIGITS = new Set([10, 13, 16, 19]);

/**
 * Reads times as files write them, without losing a digit: nanoseconds since 1970 of 19
 * digits, or milliseconds with a fraction, as the documentation of futures shows them.
 */
export class Instant {
  /** Whole seconds since 1970. */
  seconds = 0;
  /** Nanoseconds besides. */
  nanos = 0;

  /** Reads the time between two places; returns whether there is one, of 2001 to 2286. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    let seconds = 0;
    for (; at < end && at - start < SECONDS_DIGITS; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return false;
      seconds = seconds * 10 + digit;
    }
    let nanos = 0;
    let width = 0;
    let whole = -1;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === POINT && whole === -1) {
        whole = at - start;
        continue;
      }
      const digit = byte - ZERO;
      if (digit < 0 || digit > 9) return false;
      if (width === 9) continue;
      nanos = nanos * 10 + digit;
      width++;
    }
    if (!DIGITS.has(whole === -1 ? end - start : whole)) return false;
    for (; width < 9; width++) nanos *= 10;
    this.seconds = seconds;
    this.nanos = nanos;
    return seconds >= 1e9;
  }
}
