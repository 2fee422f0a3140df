import { FlatbedError, type FlatbedErrorCode } from "./errors.ts";
import { isNotCapable } from "./is_not_capable.ts";

/** What to do about an error: with the request, with the run, and later. */
export interface ErrorPolicy {
  /**
   * Whether the request is retried, and with which backoff: for a failed connection or for
   * an outage of the service. `service` errors are retried only if the status or the
   * service's code reports an outage.
   */
  readonly retry: "no" | "connection" | "outage";
  /** Whether every other object would fail in the same way, so that the run ends. */
  readonly endsRun: boolean;
  /** Whether a later run may succeed without anybody changing anything here. */
  readonly tryLater: boolean;
}

/**
 * The policy of each error code, and the only place that decides this. It also lists the
 * codes of higher rooms: programs switch over one closed list, and the compiler finds a
 * code without a policy.
 */
export const ERROR_POLICY: Readonly<Record<FlatbedErrorCode, ErrorPolicy>> = {
  "not-found": { retry: "no", endsRun: false, tryLater: true },
  "access-denied": { retry: "no", endsRun: false, tryLater: true },
  "credentials": { retry: "no", endsRun: true, tryLater: false },
  "throttled": { retry: "outage", endsRun: false, tryLater: true },
  "timed-out": { retry: "connection", endsRun: false, tryLater: true },
  "transfer": { retry: "connection", endsRun: false, tryLater: true },
  "object-changed": { retry: "no", endsRun: false, tryLater: true },
  "object-archived": { retry: "no", endsRun: false, tryLater: true },
  "integrity": { retry: "no", endsRun: false, tryLater: true },
  "damaged-at-source": { retry: "no", endsRun: false, tryLater: true },
  "too-large": { retry: "no", endsRun: false, tryLater: false },
  "rows": { retry: "no", endsRun: false, tryLater: false },
  "index": { retry: "no", endsRun: false, tryLater: true },
  "duckdb": { retry: "no", endsRun: false, tryLater: true },
  "duckdb-unavailable": { retry: "no", endsRun: true, tryLater: false },
  "service": { retry: "outage", endsRun: false, tryLater: true },
  "file": { retry: "no", endsRun: false, tryLater: true },
  "no-space": { retry: "no", endsRun: true, tryLater: true },
  "mirror-busy": { retry: "no", endsRun: false, tryLater: true },
  "mirror-damaged": { retry: "no", endsRun: true, tryLater: false },
};

/**
 * Whether an error would meet every other object as well. A missing permission does.
 *
 * @param error Anything that was thrown.
 */
export function endsRun(error: unknown): boolean {
  return isNotCapable(error) ||
    error instanceof FlatbedError && ERROR_POLICY[error.code].endsRun;
}

/**
 * Whether a later run may succeed without anybody changing anything here.
 *
 * @param error Anything that was thrown.
 */
export function mayPass(error: unknown): boolean {
  return error instanceof FlatbedError && ERROR_POLICY[error.code].tryLater;
}
