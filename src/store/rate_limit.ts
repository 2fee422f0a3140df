import { delay } from "@std/async/delay";

/** Shorter delays, in milliseconds, are carried over: timers are not that exact. */
const MIN_DELAY_MS = 5;

/** Limits the bytes a second of all connections together. */
export class RateLimit {
  readonly #msPerByte: number;
  /** When the bytes so far are within the limit, on the clock of `performance.now()`. */
  #withinAt = 0;

  /** Makes a limit in bytes a second. */
  constructor(bytesPerSecond: number) {
    this.#msPerByte = 1000 / bytesPerSecond;
  }

  /** Counts bytes that have arrived, and waits until more may arrive. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#withinAt = Math.max(now, this.#withinAt) + bytes * this.#msPerByte;
    const wait = this.#withinAt - now;
    if (wait > MIN_DELAY_MS) await delay(wait, signal && { signal });
  }
}
