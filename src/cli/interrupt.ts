import { formatCount, grouped } from "./format.ts";

/** A signal that Ctrl+C aborts. */
export interface Interrupt extends Disposable {
  /** Aborted with an {@linkcode InterruptedError}. */
  signal: AbortSignal;
}

/** The command was interrupted. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
}

/**
 * Throws a signal's reason if it is aborted; for an interrupt, with the progress so far.
 *
 * @throws {unknown} The reason.
 */
export function throwIfInterrupted(
  signal: AbortSignal,
  done: number,
  total: number,
): void {
  if (!(signal.reason instanceof InterruptedError)) {
    return signal.throwIfAborted();
  }
  const verb = total === 1 ? "is" : "are";
  throw new InterruptedError(
    `${grouped(done)} of ${
      formatCount(total, "file")
    } ${verb} there; run again to go on`,
  );
}

/** Listens for Ctrl+C until it is disposed. */
export function interruptSignal(): Interrupt {
  const controller = new AbortController();
  const names: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  const listen = () => controller.abort(new InterruptedError());
  for (const name of names) Deno.addSignalListener(name, listen);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of names) Deno.removeSignalListener(name, listen);
    },
  };
}
