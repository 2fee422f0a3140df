/**
 * Watches for silence: while it listens, something must happen within the time, or
 * its callback is called. One timer serves any number of reads.
 */
export class IdleTimeout {
  readonly #limit: number;
  readonly #onSilence: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;
  #listening = false;

  /** Watches with a limit in milliseconds. */
  constructor(limit: number, onSilence: () => void) {
    this.#limit = limit;
    this.#onSilence = onSilence;
  }

  /** Begins to listen. */
  start(): void {
    this.#listening = true;
    this.#since = performance.now();
    this.#timer ??= setTimeout(() => this.#check(), this.#limit);
  }

  /** Something has happened: the time does not run until the next start. */
  stop(): void {
    this.#listening = false;
  }

  /** Ends the watch for good. */
  end(): void {
    this.#listening = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    this.#timer = undefined;
    if (!this.#listening) return;
    const left = this.#since + this.#limit - performance.now();
    if (left > 1) this.#timer = setTimeout(() => this.#check(), left);
    else this.#onSilence();
  }
}
