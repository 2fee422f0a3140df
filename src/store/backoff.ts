import { delay } from "@std/async/delay";

/** The clock that waits go by; tests pass their own. */
export interface Clock {
  /** The time in milliseconds. */
  now(): number;
  /** Resolves after a time in milliseconds, or rejects with the signal's reason. */
  delay(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The system's clock, which all threads share. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  delay: (ms, signal) => delay(ms, signal && { signal }),
};

/** How the waits between tries grow: each wait is between its least length and twice that. */
export interface Backoff {
  /** The least length of the first wait in milliseconds. */
  readonly first: number;
  /** The factor between one wait and the next. */
  readonly factor: number;
}

/** For when the service throttles or fails: five waits take 31 to 62 seconds. */
export const SERVICE_BACKOFF: Backoff = { first: 1000, factor: 2 };
/** For when the connection fails: five waits take 10 to 20 seconds. */
export const CONNECTION_BACKOFF: Backoff = { first: 80, factor: 3 };

/** The longest least length of a wait, in milliseconds. */
const MAX_LEAST_WAIT = 16_000;
/**
 * The longest `Retry-After` that is honoured, in milliseconds. The wait may last up to
 * twice as long, so that the requests do not all come back at once.
 */
export const MAX_RETRY_AFTER = 60_000;
/** How long after the last pause a failure counts as a new outage, in milliseconds. */
const FORGET_AFTER = 60_000;

/** The least length of the wait after `failures` earlier waits, in milliseconds. */
export function leastWait(
  { first, factor }: Backoff,
  failures: number,
): number {
  return Math.min(MAX_LEAST_WAIT, first * factor ** failures);
}

// Indices into the memory of a SharedBackoff.
const PAUSE = 0; // the number of pauses so far, which is also the number of the last one
const UNTIL = 1; // when the last one ends, in milliseconds since 1970
const FAILURES = 2; // the number of pauses since the last success

/** Options of {@linkcode SharedBackoff}. */
export interface SharedBackoffOptions {
  /** How many pauses in a row to make before the outage is given up; 0 for no pauses. */
  maxRetries: number;
  /** The memory that the backoffs of several threads share. */
  memory?: SharedArrayBuffer | undefined;
  clock?: Clock | undefined;
}

/**
 * The pause that all requests to one endpoint make when one of them has failed because
 * of an outage. Each request goes on after a random wait, and the first one finds out for
 * all whether the outage is over. An outage that outlasts the retries is given up for all
 * requests; from then on about one request a second is tried.
 */
export class SharedBackoff {
  readonly #state: BigInt64Array;
  readonly #maxRetries: number;
  readonly #clock: Clock;

  /** Creates a backoff that is not in a pause. */
  constructor({ maxRetries, memory, clock }: SharedBackoffOptions) {
    this.#state = new BigInt64Array(memory ?? SharedBackoff.newMemory());
    this.#maxRetries = maxRetries;
    this.#clock = clock ?? SYSTEM_CLOCK;
  }

  /** Creates the memory that the backoffs of several threads share. */
  static newMemory(): SharedArrayBuffer {
    return new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
  }

  /** Whether an outage has outlasted the retries. */
  get isGivenUp(): boolean {
    return this.#failures > this.#maxRetries;
  }

  /** Waits until the pause is over. Returns the number of the last pause. */
  async enter(signal?: AbortSignal): Promise<number> {
    let waited = 0;
    while (true) {
      const pause = this.#load(PAUSE);
      const left = this.#load(UNTIL) - this.#clock.now();
      // Never waits twice for the same pause: the clock may have been set back.
      if (pause === waited || left <= 0) return pause;
      await this.#clock.delay(
        Math.min(left, MAX_RETRY_AFTER) * (1 + Math.random()),
        signal,
      );
      waited = pause;
    }
  }

  /** Records a success; `pause` is what `enter` returned before the request was sent. */
  succeeded(pause: number): void {
    const isProof = pause === this.#load(PAUSE);
    if (isProof && this.#load(FAILURES) > 0) this.#store(FAILURES, 0);
  }

  /** Begins a pause, unless the request was sent before the last pause began. */
  failed(pause: number, backoff: Backoff, retryAfter = 0): void {
    if (this.#maxRetries === 0 || pause !== this.#load(PAUSE)) return;
    const failures = this.#failures;
    const least = leastWait(
      failures < this.#maxRetries ? backoff : SERVICE_BACKOFF,
      failures < this.#maxRetries ? failures : 0,
    );
    const until = this.#clock.now() + Math.max(least, retryAfter);
    this.#store(UNTIL, Math.ceil(until));
    // Another thread may have begun the pause at the same time.
    const before = Atomics.compareExchange(
      this.#state,
      PAUSE,
      BigInt(pause),
      BigInt(pause + 1),
    );
    if (Number(before) === pause) this.#store(FAILURES, failures + 1);
  }

  get #failures(): number {
    const isOver = this.#clock.now() - this.#load(UNTIL) > FORGET_AFTER;
    return isOver ? 0 : this.#load(FAILURES);
  }

  #load(index: number): number {
    return Number(Atomics.load(this.#state, index));
  }

  #store(index: number, value: number): void {
    Atomics.store(this.#state, index, BigInt(value));
  }
}
