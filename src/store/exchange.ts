import { IdleTimeout } from "./idle_timeout.ts";

/** Options of {@linkcode Exchange}. */
export interface ExchangeOptions {
  /** How long it may take until something arrives, in milliseconds. */
  idleLimit: number;
  /** Ends the exchange. */
  signal?: AbortSignal | undefined;
  /** Frees the connection's slot. */
  release: () => void;
}

/**
 * One request and its answer, which occupy a slot of the pool until the answer has been
 * read to its end, has failed, or is cancelled.
 */
export class Exchange {
  /** Runs while something is expected to arrive. */
  readonly idle: IdleTimeout;
  /** Whether the idle timeout has expired. */
  isTimedOut = false;
  readonly #stop = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #release: () => void;
  #reader: ReadableStreamBYOBReader | undefined;

  /** Begins to follow the caller's signal. */
  constructor({ idleLimit, signal, release }: ExchangeOptions) {
    this.#caller = signal;
    this.#release = release;
    this.idle = new IdleTimeout(idleLimit, () => {
      this.isTimedOut = true;
      this.#giveUp();
    });
    signal?.addEventListener("abort", this.#onAbort);
    if (signal?.aborted) this.cancel();
  }

  /** Aborted where the exchange is cancelled or has timed out. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Takes a body's reader, which is cancelled with the exchange. */
  read(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader {
    return this.#reader = body.getReader({ mode: "byob" });
  }

  /** Frees the slot: nothing more will arrive. */
  end(): void {
    this.idle.end();
    this.#caller?.removeEventListener("abort", this.#onAbort);
    this.#release();
  }

  /** Frees the slot and closes the connection, whoever holds the body. */
  cancel(): void {
    this.#giveUp();
    this.end();
  }

  readonly #onAbort = () => this.cancel();

  #giveUp(): void {
    this.#stop.abort();
    // Deno's fetch can lose its signal to the garbage collector once the headers have
    // arrived. Errors of a connection that is given up do not matter.
    this.#reader?.cancel().catch(() => {});
  }
}
