import {
  type Clock,
  CONNECTION_BACKOFF,
  leastWait,
  SERVICE_BACKOFF,
  type SharedBackoff,
  SYSTEM_CLOCK,
} from "./backoff.ts";
import { ERROR_POLICY, FlatbedError } from "../base/mod.ts";
import { isOutageCode, isOutageStatus } from "./service_code.ts";

/** How transient errors are retried. */
export interface RetryPolicy {
  /** How many retries there may be in a row without any byte arriving. */
  maxRetries: number;
  /** Called before each retry, with the error that caused it. */
  onRetry?: ((error: FlatbedError) => void) | undefined;
  /** Ends a wait early. */
  signal?: AbortSignal | undefined;
  /** The pause that all requests to the endpoint share; an outage is given up for all. */
  shared?: SharedBackoff | undefined;
  clock?: Clock | undefined;
}

/** Whether an error is transient. */
export function isTransient(error: unknown): error is FlatbedError {
  if (!(error instanceof FlatbedError)) return false;
  const { code, status, serviceCode } = error;
  if (ERROR_POLICY[code].retry === "no") return false;
  return code !== "service" || isOutageStatus(status) ||
    isOutageCode(serviceCode) || status === 408 ||
    serviceCode === "RequestTimeout";
}

/**
 * Retries with exponential backoff and jitter: each wait is between its least length and
 * twice that, and at least as long as the service asks for.
 */
export class Retries {
  readonly #policy: RetryPolicy;
  #inARow = 0;

  /** Creates the count of failures in a row, at 0. */
  constructor(policy: RetryPolicy) {
    this.#policy = policy;
  }

  /** Resets the consecutive-failure count: bytes have arrived. */
  reset(): void {
    this.#inARow = 0;
  }

  /**
   * Waits until the next try is due.
   *
   * @throws {unknown} `error` itself, where it is not transient or the retries are used up.
   */
  async next(error: unknown): Promise<void> {
    const { maxRetries, onRetry, signal, shared, clock = SYSTEM_CLOCK } =
      this.#policy;
    signal?.throwIfAborted();
    const isUsedUp = this.#inARow >= maxRetries || shared?.isGivenUp;
    if (!isTransient(error) || isUsedUp) throw error;
    const { retry } = ERROR_POLICY[error.code];
    const least = leastWait(
      retry === "outage" ? SERVICE_BACKOFF : CONNECTION_BACKOFF,
      this.#inARow,
    );
    this.#inARow++;
    onRetry?.(error);
    await clock.delay(
      Math.max(least * (1 + Math.random()), error.retryAfter ?? 0),
      signal,
    );
  }

  /** Runs `action` until it succeeds, or fails with an error that is not retried. */
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
