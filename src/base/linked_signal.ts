/** A signal that follows others until it is disposed of. */
export interface LinkedSignal extends Disposable {
  /** Aborted with the reason of the first of the others that is. */
  readonly signal: AbortSignal;
  /** Aborts it by itself. */
  abort(reason?: unknown): void;
}

/**
 * Makes a signal that follows others. `AbortSignal.any()` is not used, nor the signals
 * of requests: Deno holds what depends on a signal weakly, and forgets to abort it
 * once its memory has been collected.
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
