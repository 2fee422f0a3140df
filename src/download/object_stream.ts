import { concat } from "@std/bytes/concat";
import { ObjectChangedError, pull } from "../base/mod.ts";
import type { ResumableBody } from "../store/mod.ts";
import type { CheckedDownloadOptions } from "./check_download.ts";
import type { ObjectSource } from "./object_source.ts";
import { type BodyReader, readContent } from "./read_content.ts";

/**
 * So many bytes are read at once by a stream that had to wait for its place: others may
 * take it again, and a new request for each small piece would be slow.
 */
const READ_AFTER_WAIT = 256 * 1024;

/** What {@linkcode ObjectStream} needs of the engine. */
export interface StreamSource
  extends Pick<ObjectSource, "key" | "open" | "onRetry"> {
  /** Takes a place among the objects under way, and returns the function that gives it back. */
  take(): Promise<() => void>;
  /** Offers the place and the connection to others; returns what withdraws the offer. */
  offer(giveBack: () => void): () => void;
}

/**
 * An object's content that is read by somebody who may pause at any time, or never
 * begin. While no read is pending, its place and its connection are offered to others;
 * where one takes them, the next read takes another place and goes on by a range.
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

  /** Asks for nothing yet. */
  constructor(source: StreamSource, options: CheckedDownloadOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Asks for the object, and resolves when the service has begun to answer. */
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

  /** The next piece, or `undefined` at the end. It is good until the next call. */
  async read(): Promise<Uint8Array | undefined> {
    this.#withdraw?.();
    try {
      const result = await this.#content?.next();
      if (result === undefined || result.done) return undefined;
      this.#hasDelivered = true;
      this.#offer();
      return result.value;
    } catch (error) {
      // Nobody has seen anything of the version that is gone.
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

  /** Gives up the connection, the place and what memory is held. */
  async end(): Promise<void> {
    this.#withdraw?.();
    this.#body?.cancel();
    this.#giveBack();
    // Where a read is under way, it has just been ended.
    await this.#content?.return(undefined);
  }

  #offer(): void {
    if (this.#release === undefined) return; // the place is given back already
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

/** The next bytes, collected until they are worth a request. */
async function readMuch(body: ResumableBody): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  for (let length = 0; length < READ_AFTER_WAIT;) {
    const piece = await body.read();
    if (piece === null) break;
    length += piece.length;
    pieces.push(piece.slice());
  }
  return pieces.length === 0 ? null : concat(pieces);
}
