import type { Exchange } from "./exchange.ts";
import type { RateLimit } from "./rate_limit.ts";
import type { TrafficMeter } from "./traffic_meter.ts";

/** Size of a read buffer in bytes. With 64 KiB a download takes half as long again. */
const READ_BUFFER_BYTES = 512 * 1024;
/** How many read buffers are kept for later bodies. */
const MAX_SPARE_BUFFERS = 16;

/**
 * The body of an answer. It occupies a slot of the pool until it has been read to its
 * end, has failed, or is cancelled.
 */
export interface HttpBody {
  /**
   * The next bytes, or `null` at the end. Valid until the next call, which reuses the
   * buffer (about 1.5 × the throughput).
   *
   * @throws {HttpFailure} If the connection breaks or the idle timeout expires.
   */
  read(): Promise<Uint8Array | null>;
  /** Closes the connection. */
  cancel(): void;
}

/** A body without bytes. */
export const EMPTY_BODY: HttpBody = {
  read: () => Promise.resolve(null),
  cancel() {},
};

/** Read buffers that no body uses just now. */
export class BufferPool {
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** A buffer, used before where there is one. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#spare.pop() ?? new Uint8Array(READ_BUFFER_BYTES);
  }

  /** Returns a buffer that nobody reads any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length > 0 && this.#spare.length < MAX_SPARE_BUFFERS) {
      this.#spare.push(buffer);
    }
  }
}

/** Options of {@linkcode ResponseBody}. */
export interface ResponseBodyOptions {
  exchange: Exchange;
  buffers: BufferPool;
  rate: RateLimit | undefined;
  /** Counts what arrives. */
  meter: TrafficMeter | undefined;
  /** Ends a wait for the rate limit. */
  signal: AbortSignal | undefined;
  /** Called at the end of the body. */
  onEnd: () => void;
  /** Ends the exchange and throws what `cause` means. */
  fail: (cause: unknown) => never;
}

/** The body of a response of fetch. */
export class ResponseBody implements HttpBody {
  readonly #options: ResponseBodyOptions;
  readonly #reader: ReadableStreamBYOBReader;
  #buffer: Uint8Array<ArrayBuffer>;
  #isOver = false;

  /** Locks the stream. */
  constructor(
    stream: ReadableStream<Uint8Array>,
    options: ResponseBodyOptions,
  ) {
    this.#options = options;
    this.#reader = options.exchange.read(stream);
    this.#buffer = options.buffers.take();
  }

  async read(): Promise<Uint8Array | null> {
    const { exchange, buffers, rate, meter, signal, onEnd, fail } =
      this.#options;
    try {
      exchange.idle.start();
      const { value, done } = await this.#reader.read(this.#buffer);
      if (value !== undefined) this.#buffer = new Uint8Array(value.buffer);
      exchange.idle.stop();
      // A cancelled reader reports a normal end.
      exchange.signal.throwIfAborted();
      if (!done) {
        meter?.received(value.length);
        await rate?.take(value.length, signal);
        return value;
      }
    } catch (cause) {
      return fail(cause);
    }
    this.#isOver = true;
    buffers.give(this.#buffer);
    onEnd();
    return null;
  }

  cancel(): void {
    if (!this.#isOver) this.#options.exchange.cancel();
  }
}
