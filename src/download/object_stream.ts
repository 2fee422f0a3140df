import { concat } from "@std/bytes/concat";
import { ObjectChangedError, pull } from "../base/mod.ts";
import type { ResumableBody } from "../store/mod.ts";
import type { CheckedDownloadOptions } from "./check_download.ts";
import type { ObjectSource } from "./object_source.ts";
import { type BodyReader, readContent } from "./read_content.ts";

/**
 * How many bytes a stream reads at least after it had to wait for its place: it may lose
 * the place again, and a request for each small piece would be slow.
 */
const MIN_READ_BYTES = 256 * 1024;

/** What {@linkcode ObjectStream} needs from the engine. */
export interface StreamSource
  extends Pick<ObjectSource, "key" | "open" | "onRetry"> {
  /** Waits for a place among the concurrent downloads; returns the function that releases it. */
  take(): Promise<() => void>;
  /** Offers the place and the connection to others; returns the function that withdraws the offer. */
  offer(giveBack: () => void): () => void;
}

/**
 * An object's content for a reader that may pause at any time, or never begin. While no
 * read is pending, its place and its connection are offered to others; if one takes them,
 * the next read waits for a place and requests the rest.
 */
export class ObjectStream {
  readonly #source: StreamSource;
  readonly #options: CheckedDownloadOptions;
  #body: ResumableBody | undefined;
  #content: AsyncGenerator<Uint8Array> | undefined;
  #release: (() => void) | undefined;
  #withdraw: (() => void) | undefined;
  #hasDelivered = false;
  #hasStartedOver = false;

  /** Requests nothing yet. */
  constructor(source: StreamSource, options: CheckedDownloadOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Requests the object; resolves when the headers have arrived. */
  async open(): Promise<void> {
    this.#release ??= await this.#source.take();
    const body = this.#body = await this.#source.open();
    const { key } = this.#source;
    const reader: BodyReader = {
      info: body.info,
      get offset() {
        return body.offset;
      },
      read: async () => {
        if (this.#release !== undefined) return await body.read();
        this.#release = await this.#source.take();
        return await readMuch(body);
      },
    };
    this.#content = pull((take) =>
      readContent(reader, key, this.#options, take)
    );
    this.#offer();
  }

  /** The next piece, or `undefined` at the end. Valid until the next call. */
  async read(): Promise<Uint8Array | undefined> {
    this.#withdraw?.();
    try {
      const result = await this.#content?.next();
      if (result === undefined || result.done) return undefined;
      this.#hasDelivered = true;
      this.#offer();
      return result.value;
    } catch (error) {
      // Nothing was delivered of the version that is gone.
      const isWorthIt = error instanceof ObjectChangedError &&
        !this.#hasDelivered && !this.#hasStartedOver;
      if (!isWorthIt) throw error;
    }
    this.#hasStartedOver = true;
    this.#source.onRetry();
    this.#body?.cancel();
    await this.open();
    return await this.read();
  }

  /** Releases the connection, the place and the memory. */
  async end(): Promise<void> {
    this.#withdraw?.();
    this.#body?.cancel();
    this.#giveBack();
    // A pending read has just been aborted.
    await this.#content?.return(undefined);
  }

  #offer(): void {
    if (this.#release === undefined) return; // the place is released already
    this.#withdraw = this.#source.offer(() => {
      this.#withdraw?.(); // from the other queue as well
      this.#body?.park();
      this.#giveBack();
    });
  }

  #giveBack(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** Reads enough bytes to be worth a request. */
async function readMuch(body: ResumableBody): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  for (let length = 0; length < MIN_READ_BYTES;) {
    const piece = await body.read();
    if (piece === null) break;
    length += piece.length;
    pieces.push(piece.slice());
  }
  return pieces.length === 0 ? null : concat(pieces);
}
