import { createHash, type Hash } from "node:crypto";
import {
  formatBytes,
  formatDifferentBytes,
  IntegrityError,
  ObjectChangedError,
  ServiceError,
  TransferError,
} from "../base/mod.ts";
import { Md5 } from "./md5.ts";
import { sameEtag } from "./object_info.ts";
import { provingMd5 } from "./proof.ts";
import type { Retries } from "./retries.ts";
import type {
  GetOptions,
  ObjectResponse,
  ObjectStore,
} from "./object_store.ts";

/** Options of {@linkcode ResumableBody.open}. */
export interface ResumableBodyOptions extends GetOptions {
  /** The MD5 of the bytes before `start`, where they are at hand. */
  md5?: Md5;
}

/**
 * An object's bytes from an offset to the end. Where the connection breaks, or is lent
 * to other downloads, it resumes after the last byte, with the same version of the object
 * or not at all. At the end the size has been checked, and the MD5 where the ETag is one.
 *
 * Without an ETag nothing identifies the version: the object is read again from its
 * first byte, and the bytes that were read before must be the same.
 */
export class ResumableBody {
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly #options: ResumableBodyOptions;
  readonly #retries: Retries;
  readonly #md5: Md5 | undefined;
  /** The object; its size is known at the end at the latest. */
  readonly info: ObjectResponse["info"];
  /** The offset of the first answer: less than asked for where the service knows no ranges. */
  readonly startsAt: number;
  #response: ObjectResponse | undefined;
  #offset: number;
  /** How many bytes of the answer have been read before. */
  #surplus: number;
  /** The hash of what has been read, where there is no ETag. */
  readonly #seen: Hash | undefined;
  /** The hash of what has been read again. */
  #again: Hash | undefined;
  #isOver = false;

  private constructor(
    store: ObjectStore,
    bucket: string,
    options: ResumableBodyOptions,
    retries: Retries,
    response: ObjectResponse,
  ) {
    this.#store = store;
    this.#bucket = bucket;
    this.#options = options;
    this.#retries = retries;
    this.#response = response;
    this.#offset = options.start ?? 0;
    this.#surplus = this.#offset - response.offset;
    this.startsAt = response.offset;
    this.info = response.info;
    if (response.info.etag === "") this.#seen = createHash("sha256");
    this.#md5 =
      provingMd5(response.info) !== undefined && options.end === undefined
        ? options.md5 ?? (this.#offset === 0 ? new Md5() : undefined)
        : undefined;
  }

  /**
   * Requests the bytes, and resolves with the headers of the answer.
   *
   * @throws {FlatbedError} If the request fails, after its retries.
   */
  static async open(
    store: ObjectStore,
    bucket: string,
    key: string,
    options: ResumableBodyOptions = {},
  ): Promise<ResumableBody> {
    const retries = store.retries(options);
    const response = await retries.run(() => store.get(bucket, key, options));
    return new ResumableBody(store, bucket, options, retries, response);
  }

  /** The offset of the next byte. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * The next bytes, or `null` at the end. Valid until the next call.
   *
   * @throws {ObjectChangedError} If the object was replaced.
   * @throws {IntegrityError} If the size or the MD5 is wrong at the end.
   * @throws {FlatbedError} If the connection breaks and the retries are used up.
   */
  async read(): Promise<Uint8Array | null> {
    while (!this.#isOver) {
      try {
        // Everything has arrived, and only the end of the connection is missing.
        const isCutOff = this.#response === undefined &&
          this.#offset === this.#end;
        this.#response ??= isCutOff ? undefined : await this.#resume();
        const chunk = this.#response === undefined
          ? null
          : await this.#readResponse(this.#response);
        if (chunk === null) {
          this.#checkEnd();
          this.#isOver = true;
          return null;
        }
        if (chunk.length === 0) continue;
        this.#retries.reset();
        this.#md5?.update(chunk);
        this.#seen?.update(chunk);
        this.#offset += chunk.length;
        return chunk;
      } catch (error) {
        this.#disconnect();
        await this.#retries.next(error).catch((reason) => {
          this.cancel();
          throw reason;
        });
      }
    }
    return null;
  }

  /** Frees the connection and the buffers; the next read makes another request. */
  park(): void {
    this.#disconnect();
    this.#md5?.rest();
  }

  /** Frees the connection and the buffers for good. */
  cancel(): void {
    this.#disconnect();
    this.#md5?.[Symbol.dispose]();
  }

  #disconnect(): void {
    this.#response?.body.cancel();
    this.#response = undefined;
  }

  get #end(): number | undefined {
    const { end = Infinity } = this.#options;
    const last = Math.min(end, this.info.size ?? Infinity);
    return last === Infinity ? undefined : last;
  }

  /** The next new bytes; empty where all of a chunk have been read before. */
  async #readResponse(response: ObjectResponse): Promise<Uint8Array | null> {
    const chunk = await response.body.read();
    if (chunk === null) return null;
    const known = Math.min(this.#surplus, chunk.length);
    const { start = 0, end = Infinity } = this.#options;
    const before = Math.max(0, start - (this.#offset - this.#surplus));
    this.#surplus -= known;
    this.#compare(chunk.subarray(before, known));
    const missing = end - this.#offset;
    if (chunk.length - known <= missing) return chunk.subarray(known);
    this.#disconnect();
    return chunk.subarray(known, known + missing);
  }

  /** Hashes bytes that are read again, and compares the hash once all have been. */
  #compare(bytes: Uint8Array): void {
    this.#again?.update(bytes);
    if (this.#again === undefined || this.#surplus > 0) return;
    const isSame = this.#again.digest("hex") ===
      this.#seen?.copy().digest("hex");
    this.#again = undefined;
    if (isSame) return;
    const { key } = this.info;
    throw new ObjectChangedError(
      `Cannot download '${key}': the object changed while it was read: its first ${
        formatBytes(this.#offset)
      } are others now, and without an ETag the earlier version cannot be asked for`,
      { key },
    );
  }

  async #resume(): Promise<ObjectResponse> {
    const { key, etag } = this.info;
    const response = await this.#store.get(this.#bucket, key, {
      ...this.#options,
      start: this.#resumeAt,
      etag: etag === "" ? undefined : etag,
    }).catch((error) => {
      if (!(error instanceof ServiceError && error.status === 416)) throw error;
      const [announced, there] = formatDifferentBytes(
        this.#end ?? 0,
        this.#offset,
      );
      throw new IntegrityError(
        `Cannot download '${key}': the service announced ${announced}, and has ${there}`,
        { key, cause: error },
      );
    });
    this.info.size ??= response.info.size;
    const hasOtherSize = response.info.size !== undefined &&
      response.info.size !== this.info.size;
    if (!sameEtag(response.info.etag, etag) || hasOtherSize) {
      response.body.cancel();
      throw new ObjectChangedError(
        `Cannot download '${key}': the object changed while it was read`,
        { key },
      );
    }
    this.info.lastModified = response.info.lastModified;
    this.#surplus = this.#offset - response.offset;
    // Everything that has been read is compared.
    const isFromStart = this.#seen !== undefined && this.#surplus > 0;
    this.#again = isFromStart ? createHash("sha256") : undefined;
    return response;
  }

  /** The offset of the next request. */
  get #resumeAt(): number {
    if (this.#seen !== undefined) return this.#options.start ?? 0;
    // The end is unknown and may be here: a range that starts at the last byte always exists.
    const isAtEnd = this.#end === undefined && this.#offset > 0;
    return isAtEnd ? this.#offset - 1 : this.#offset;
  }

  #checkEnd(): void {
    const { key, etag } = this.info;
    const end = this.#end;
    if (end !== undefined && this.#offset < end) {
      const [arrived, announced] = formatDifferentBytes(this.#offset, end);
      throw new TransferError(
        `Cannot download '${key}': the body ended after ${arrived} of ${announced}`,
        { key },
      );
    }
    if (end !== undefined && this.#offset > end) {
      const [arrived, announced] = formatDifferentBytes(this.#offset, end);
      throw new IntegrityError(
        `Cannot download '${key}': ${arrived} arrived instead of ${announced}`,
        { key },
      );
    }
    const md5 = this.#md5?.digest();
    if (md5 !== undefined && md5 !== provingMd5(this.info)) {
      throw new IntegrityError(
        `Cannot download '${key}': the MD5 of the bytes that arrived is ${md5}, and the ETag says ${etag}`,
        { key },
      );
    }
  }
}
