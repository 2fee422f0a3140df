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
  /**
   * When a run may succeed without anybody changing anything here: in minutes, such as
   * after a throttling; or in hours or days, such as when upstream publishes a file.
   */
  readonly passes: "no" | "soon" | "later";
}

/**
 * The policy of each error code, and the only place that decides this. It also lists the
 * codes of higher rooms: programs switch over one closed list, and the compiler finds a
 * code without a policy.
 */
export const ERROR_POLICY: Readonly<Record<FlatbedErrorCode, ErrorPolicy>> = {
  "not-found": { retry: "no", endsRun: false, passes: "later" },
  "access-denied": { retry: "no", endsRun: false, passes: "later" },
  "credentials": { retry: "no", endsRun: true, passes: "no" },
  "throttled": { retry: "outage", endsRun: false, passes: "soon" },
  "timed-out": { retry: "connection", endsRun: false, passes: "soon" },
  "transfer": { retry: "connection", endsRun: false, passes: "soon" },
  "object-changed": { retry: "no", endsRun: false, passes: "soon" },
  "object-archived": { retry: "no", endsRun: false, passes: "later" },
  "integrity": { retry: "no", endsRun: false, passes: "soon" },
  "damaged-at-source": { retry: "no", endsRun: false, passes: "later" },
  "too-large": { retry: "no", endsRun: false, passes: "no" },
  "rows": { retry: "no", endsRun: false, passes: "no" },
  "index": { retry: "no", endsRun: false, passes: "later" },
  "duckdb": { retry: "no", endsRun: false, passes: "later" },
  "duckdb-unavailable": { retry: "no", endsRun: true, passes: "no" },
  "service": { retry: "outage", endsRun: false, passes: "soon" },
  "file": { retry: "no", endsRun: false, passes: "later" },
  "no-space": { retry: "no", endsRun: true, passes: "later" },
  "bucket-refused": { retry: "no", endsRun: true, passes: "no" },
  "mirror-busy": { retry: "no", endsRun: false, passes: "soon" },
  "mirror-damaged": { retry: "no", endsRun: true, passes: "no" },
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
  return error instanceof FlatbedError &&
    ERROR_POLICY[error.code].passes !== "no";
}

/** The service's codes of what passes, whatever their status. */
const PASSING_CODES: readonly string[] = [
  "InternalError",
  "RequestTimeout",
  "ServiceUnavailable",
];

/**
 * Whether the same run may succeed in minutes, so that a scheduler may start it again.
 *
 * @param error Anything that was thrown.
 */
export function passesSoon(error: unknown): boolean {
  if (!(error instanceof FlatbedError)) return false;
  // Without a status nothing was answered: a certificate, or an answer that is not S3's.
  const { code, status = 0, serviceCode = "" } = error;
  const { passes } = ERROR_POLICY[code];
  // What is wrong with a request, as 400 says, is wrong the next time too. Some outages
  // come with another status: after a success has begun, that is 200.
  const isRefused = code === "service" && status < 500 &&
    ![408, 429].includes(status) && !PASSING_CODES.includes(serviceCode);
  return passes === "soon" && !isRefused;
}
