/** A signal that follows others until it is disposed. */
export interface LinkedSignal extends Disposable {
  /** Aborted with the reason of the first of the others that is aborted. */
  readonly signal: AbortSignal;
  /** Aborts this signal alone. */
  abort(reason?: unknown): void;
}

/**
 * Makes a signal that follows others. `AbortSignal.any()` is not used: Deno holds
 * dependent signals weakly, and does not abort one that was garbage-collected.
 */
export function linkSignals(
  ...signals: readonly (AbortSignal | undefined)[]
): LinkedSignal {
  const controller = new AbortController();
  const links = signals.flatMap((signal) => {
    if (signal === undefined) return [];
    const follow = () => controller.abort(signal.reason);
    if (signal.aborted) follow();
    else signal.addEventListener("abort", follow, { once: true });
    return [{ signal, follow }];
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      for (const { signal, follow } of links) {
        signal.removeEventListener("abort", follow);
      }
    },
  };
}
