/**
 * Idle timeout: calls back if nothing is reported for `limit` milliseconds while it is
 * armed. One timer serves any number of reads.
 */
export class IdleTimeout {
  readonly #limit: number;
  readonly #onTimeout: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;
  #isArmed = false;

  /** Makes one that is not armed; the limit is in milliseconds. */
  constructor(limit: number, onTimeout: () => void) {
    this.#limit = limit;
    this.#onTimeout = onTimeout;
  }

  /** Arms it: something must happen from now on. */
  start(): void {
    this.#isArmed = true;
    this.#since = performance.now();
    this.#timer ??= setTimeout(() => this.#check(), this.#limit);
  }

  /** Disarms it until the next start: something has happened. */
  stop(): void {
    this.#isArmed = false;
  }

  /** Disarms it for good. */
  end(): void {
    this.#isArmed = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    this.#timer = undefined;
    if (!this.#isArmed) return;
    const left = this.#since + this.#limit - performance.now();
    if (left > 1) this.#timer = setTimeout(() => this.#check(), left);
    else this.#onTimeout();
  }
}
