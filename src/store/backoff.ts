import { delay } from "@std/async/delay";

/** The clock of waits; tests bring their own. */
export interface Clock {
  /** The time in milliseconds. */
  now(): number;
  /** Resolves after a time in milliseconds, or rejects with the signal's reason. */
  delay(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. All threads have the same. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  delay: (ms, signal) => delay(ms, signal && { signal }),
};

/** How the waits between attempts grow. */
export interface Backoff {
  /** The least length of the first wait in milliseconds. */
  readonly first: number;
  /** The factor between one wait and the next. */
  readonly factor: number;
}

/** The service is throttling or in trouble: five waits last 31 to 62 seconds. */
export const SERVICE_BACKOFF: Backoff = { first: 1000, factor: 2 };
/** The connection fails: five waits last 10 to 20 seconds. */
export const CONNECTION_BACKOFF: Backoff = { first: 80, factor: 3 };

/** The least length of a wait does not grow beyond this, in milliseconds. */
const MAX_LEAST_WAIT = 16_000;
/**
 * A wait that the service asks for is honoured up to this length, in milliseconds. It may
 * last up to twice as long, so that requests do not all return at once.
 */
export const MAX_RETRY_AFTER = 60_000;
/** A failure so long after the last pause, in milliseconds, is no part of the same outage. */
const FORGET_AFTER = 60_000;

/** How long the wait after `failures` earlier ones is at least, in milliseconds; with jitter, up to twice as long. */
export function leastWait(
  { first, factor }: Backoff,
  failures: number,
): number {
  return Math.min(MAX_LEAST_WAIT, first * factor ** failures);
}

/** What is in the memory of a {@linkcode SharedBackoff}. */
const PAUSE = 0; // how many pauses there were
const UNTIL = 1; // when the last one ends, in milliseconds
const FAILURES = 2; // how many pauses there were since the last success

/** Options of {@linkcode SharedBackoff}. */
export interface SharedBackoffOptions {
  /** How many pauses in a row an outage is waited for; with none, nothing is ever paused. */
  maxRetries: number;
  /** The memory that it shares with those of other threads. */
  memory?: SharedArrayBuffer | undefined;
  clock?: Clock | undefined;
}

/**
 * The pause that all requests to one endpoint make after one of them has met an
 * outage. Each then goes on at a moment of its own: the first finds out for all
 * whether the outage is over. An outage that outlasts the retries is given up for
 * all; from then on a request about every second finds out.
 */
export class SharedBackoff {
  readonly #state: BigInt64Array;
  readonly #maxRetries: number;
  readonly #clock: Clock;

  /** Begins without a pause. */
  constructor({ maxRetries, memory, clock }: SharedBackoffOptions) {
    this.#state = new BigInt64Array(memory ?? SharedBackoff.newMemory());
    this.#maxRetries = maxRetries;
    this.#clock = clock ?? SYSTEM_CLOCK;
  }

  /** Memory for those of several threads. */
  static newMemory(): SharedArrayBuffer {
    return new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
  }

  /** Whether an outage has outlasted the retries. */
  get isGivenUp(): boolean {
    return this.#failures > this.#maxRetries;
  }

  /** Waits until there is no pause, and tells the number of the last one. */
  async enter(signal?: AbortSignal): Promise<number> {
    let waited = 0;
    while (true) {
      const pause = this.#load(PAUSE);
      const left = this.#load(UNTIL) - this.#clock.now();
      // No pause is waited for twice: a clock can be set back.
      if (pause === waited || left <= 0) return pause;
      await this.#clock.delay(
        Math.min(left, MAX_RETRY_AFTER) * (1 + Math.random()),
        signal,
      );
      waited = pause;
    }
  }

  /** Notes that a request was answered; `pause` is what `enter` told before it was sent. */
  succeeded(pause: number): void {
    const isProof = pause === this.#load(PAUSE);
    if (isProof && this.#load(FAILURES) > 0) this.#store(FAILURES, 0);
  }

  /** Begins the next pause, unless the request was sent before the last one began. */
  failed(pause: number, backoff: Backoff, retryAfter = 0): void {
    if (this.#maxRetries === 0 || pause !== this.#load(PAUSE)) return;
    const failures = this.#failures;
    const least = leastWait(
      failures < this.#maxRetries ? backoff : SERVICE_BACKOFF,
      failures < this.#maxRetries ? failures : 0,
    );
    const until = this.#clock.now() + Math.max(least, retryAfter);
    this.#store(UNTIL, Math.ceil(until));
    // Another thread may have begun it at the same time.
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
