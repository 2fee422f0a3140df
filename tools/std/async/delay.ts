/** Options for {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the delay early: it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Stand-in for `jsr:@std/async/delay`, without `persistent` and delays over 2^31 - 1 ms. */
export function delay(
  ms: number,
  { signal }: DelayOptions = {},
): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, Math.max(ms, 0) || 0);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
