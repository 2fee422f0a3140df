import {
  IntegrityError,
  ObjectChangedError,
  ServiceError,
  TransferError,
} from "./errors.ts";
import { Md5 } from "./md5.ts";
import { isMd5Etag } from "./object_info.ts";
import type { Retries } from "./retries.ts";
import type { GetOptions, ObjectResponse, S3Store } from "./s3_store.ts";

/** Options of {@linkcode ResumableBody.open}. */
export interface ResumableBodyOptions extends GetOptions {
  /** The MD5 so far of the bytes before `start`, where they are at hand. */
  md5?: Md5;
}

/**
 * An object's bytes from a start to the end. Where the connection breaks, it goes on
 * behind the last byte, with the same version of the object or not at all. At the
 * end the size is right, and the MD5 where the ETag is one.
 */
export class ResumableBody {
  readonly #store: S3Store;
  readonly #bucket: string;
  readonly #options: ResumableBodyOptions;
  readonly #retries: Retries;
  readonly #md5: Md5 | undefined;
  /** The object that is read; its size is known at the end at the latest. */
  readonly info: ObjectResponse["info"];
  /** Which byte the first answer began with: an earlier one than asked for, where the service knows no ranges. */
  readonly startsAt: number;
  #response: ObjectResponse | undefined;
  #offset: number;
  /** How many bytes come again, because the service sent more than asked for. */
  #surplus: number;

  private constructor(
    store: S3Store,
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
    const isMd5 = isMd5Etag(response.info.etag) && !response.isEncrypted;
    this.#md5 = isMd5 && options.end === undefined
      ? options.md5 ?? (this.#offset === 0 ? new Md5() : undefined)
      : undefined;
  }

  /** Asks for the bytes, and resolves when the service has begun to answer. */
  static async open(
    store: S3Store,
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

  /** The next bytes, or `null` at the end. They are good until the next call. */
  async read(): Promise<Uint8Array | null> {
    while (true) {
      // The service sent more than asked for, and has been cut off.
      const isCutOff = this.#response === undefined &&
        this.#offset === this.#options.end;
      if (isCutOff) return null;
      try {
        this.#response ??= await this.#resume();
        const chunk = await this.#readResponse(this.#response);
        if (chunk === null) {
          this.#checkEnd();
          return null;
        }
        if (chunk.length === 0) continue;
        this.#retries.reset();
        this.#md5?.update(chunk);
        this.#offset += chunk.length;
        return chunk;
      } catch (error) {
        this.cancel();
        // Without an ETag nothing says that the rest belongs to the same version.
        if (this.#offset > 0 && this.info.etag === "") throw error;
        await this.#retries.next(error);
      }
    }
  }

  /** Gives the connection up. */
  cancel(): void {
    this.#response?.body.cancel();
    this.#response = undefined;
  }

  get #end(): number | undefined {
    const { end = Infinity } = this.#options;
    const last = Math.min(end, this.info.size ?? Infinity);
    return last === Infinity ? undefined : last;
  }

  /** The next bytes that are not there yet; empty where all of a chunk are. */
  async #readResponse(response: ObjectResponse): Promise<Uint8Array | null> {
    const chunk = await this.#store.readBody(
      response,
      this.#bucket,
      this.#options.signal,
    );
    if (chunk === null) return null;
    const known = Math.min(this.#surplus, chunk.length);
    this.#surplus -= known;
    const wanted = (this.#options.end ?? Infinity) - this.#offset;
    if (chunk.length - known <= wanted) return chunk.subarray(known);
    this.cancel();
    return chunk.subarray(known, known + wanted);
  }

  async #resume(): Promise<ObjectResponse> {
    const { key, etag } = this.info;
    const response = await this.#store.get(this.#bucket, key, {
      ...this.#options,
      start: this.#offset,
      etag: etag === "" ? undefined : etag,
    }).catch((error) => {
      if (!(error instanceof ServiceError && error.status === 416)) throw error;
      throw new IntegrityError(
        `Cannot download '${key}': the service announced ${this.#end} bytes, and has ${this.#offset}`,
        { key, cause: error },
      );
    });
    this.info.size ??= response.info.size;
    const hasOtherSize = response.info.size !== undefined &&
      response.info.size !== this.info.size;
    // A version without an ETag is asked for again only before its first byte.
    if (response.info.etag !== etag || hasOtherSize) {
      response.body.cancel();
      throw new ObjectChangedError(
        `Cannot download '${key}': the object changed while it was read`,
        { key },
      );
    }
    this.#surplus = this.#offset - response.offset;
    return response;
  }

  #checkEnd(): void {
    const { key, etag } = this.info;
    const end = this.#end;
    if (end !== undefined && this.#offset < end) {
      throw new TransferError(
        `Cannot download '${key}': the body ended after ${this.#offset} of ${end} bytes`,
        { key },
      );
    }
    if (end !== undefined && this.#offset > end) {
      throw new IntegrityError(
        `Cannot download '${key}': ${this.#offset} bytes arrived instead of ${end}`,
        { key },
      );
    }
    const md5 = this.#md5?.digest();
    if (md5 !== undefined && md5 !== etag.toLowerCase()) {
      throw new IntegrityError(
        `Cannot download '${key}': the MD5 of the bytes that arrived is ${md5}, and the ETag says ${etag}`,
        { key },
      );
    }
  }
}
