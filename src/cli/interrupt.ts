/** A signal that the terminal's interrupt (Ctrl+C) aborts. */
export interface Interrupt extends Disposable {
  /** Aborted with an {@linkcode InterruptedError}. */
  signal: AbortSignal;
}

/** The command was interrupted. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
}

/** Listens for the interrupt until it is disposed of. */
export function interruptSignal(): Interrupt {
  const controller = new AbortController();
  const names: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  const listen = () => controller.abort(new InterruptedError("Interrupted"));
  for (const name of names) Deno.addSignalListener(name, listen);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of names) Deno.removeSignalListener(name, listen);
    },
  };
}
