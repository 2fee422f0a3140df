import { delay } from "@std/async/delay";

/** A debt shorter than this is not waited for, in milliseconds: timers are not that exact. */
const LEAST_WAIT = 5;

/** Keeps bytes to so many a second, over all connections together. */
export class RateLimit {
  readonly #msPerByte: number;
  /** When all bytes so far are paid for, on the clock of `performance.now()`. */
  #paidUntil = 0;

  /** Makes a limit in bytes a second. */
  constructor(bytesPerSecond: number) {
    this.#msPerByte = 1000 / bytesPerSecond;
  }

  /** Notes that bytes have arrived, and waits until the next ones may. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#paidUntil = Math.max(now, this.#paidUntil) + bytes * this.#msPerByte;
    const wait = this.#paidUntil - now;
    if (wait > LEAST_WAIT) await delay(wait, signal && { signal });
  }
}
