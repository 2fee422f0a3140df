import { assertSignal } from "./arguments.ts";
import { assertOptions } from "./assert_options.ts";

/** Options of every asynchronous method. */
export interface Abortable {
  /** Aborts the call: it rejects with the signal's reason and closes its connection. */
  signal?: AbortSignal | undefined;
}

/** Checks options that have a signal only, and returns the signal. */
export function checkAbortable(options: unknown): AbortSignal | undefined {
  assertOptions(options, { signal: true });
  const { signal }: Abortable = options;
  assertSignal(signal);
  return signal;
}
