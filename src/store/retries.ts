import { delay } from "./delay.ts";
import {
  type FlatbedError,
  ServiceError,
  ThrottledError,
  TimedOutError,
  TransferError,
} from "../base/mod.ts";

/** How often, and how patiently, what can pass is tried again. */
export interface RetryPolicy {
  /** How many retries there may be in a row without any byte arriving. */
  maxRetries: number;
  /** Called before each retry, with the error that caused it. */
  onRetry?: ((error: FlatbedError) => void) | undefined;
  /** Ends a wait early. */
  signal?: AbortSignal | undefined;
}

/** The first wait is at most this long, in milliseconds; each further one up to twice as long. */
const BASE_DELAY = 200;
/** No wait is longer than this by itself, in milliseconds. */
const MAX_DELAY = 20_000;
/** A wait that the service asks for is honoured up to this length, in milliseconds. */
export const MAX_RETRY_AFTER = 60_000;

/** Statuses that can pass by themselves. */
const TRANSIENT_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504];
/** Codes that can pass by themselves, whatever the status they come with. */
const TRANSIENT_CODES: readonly string[] = [
  "SlowDown",
  "RequestTimeout",
  "InternalError",
  "ServiceUnavailable",
];

/** Whether what went wrong can pass by itself. */
export function isTransient(error: unknown): error is FlatbedError {
  if (error instanceof ServiceError) {
    return TRANSIENT_STATUSES.includes(error.status ?? 0) ||
      TRANSIENT_CODES.includes(error.serviceCode ?? "");
  }
  return error instanceof TransferError || error instanceof TimedOutError ||
    error instanceof ThrottledError;
}

/**
 * The one retry mechanism: exponential backoff with full jitter, at least as long
 * as the service asks for.
 */
export class Retries {
  readonly #policy: RetryPolicy;
  #inARow = 0;

  /** Starts to count. */
  constructor(policy: RetryPolicy) {
    this.#policy = policy;
  }

  /** Notes that bytes have arrived: the count starts again. */
  reset(): void {
    this.#inARow = 0;
  }

  /**
   * Waits until the next try is due.
   *
   * @throws {unknown} `error` itself, where it cannot pass or the retries are used up.
   */
  async next(error: unknown): Promise<void> {
    const { maxRetries, onRetry, signal } = this.#policy;
    signal?.throwIfAborted();
    if (!isTransient(error) || this.#inARow >= maxRetries) throw error;
    const limit = Math.min(MAX_DELAY, BASE_DELAY * 2 ** this.#inARow);
    this.#inARow++;
    onRetry?.(error);
    await delay(
      Math.max(Math.random() * limit, error.retryAfter ?? 0),
      signal,
    );
  }

  /** Runs `action` until it succeeds, or fails for good. */
  async run<T>(action: () => Promise<T>): Promise<T> {
    while (true) {
      try {
        return await action();
      } catch (error) {
        await this.next(error);
      }
    }
  }
}
