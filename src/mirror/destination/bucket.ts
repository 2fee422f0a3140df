import { NotFoundError } from "../../base/mod.ts";
import {
  type GetOptions,
  type ObjectInfo,
  type PutOptions,
  type RequestOptions,
  ResumableBody,
  type WritableObjectStore,
} from "../../store/mod.ts";

/** An object's content and its version. */
export interface BucketContent {
  bytes: Uint8Array<ArrayBuffer>;
  /** The ETag, without quotes. */
  etag: string;
}

/**
 * The part of a bucket below a prefix, where a mirror is stored. Paths are relative to the
 * prefix. Everything that is asked of it is retried as requests to the service are.
 */
export class Bucket implements Disposable {
  /** What sends the requests. */
  readonly store: WritableObjectStore;
  /** The bucket's name. */
  readonly name: string;
  /** What all keys begin with: nothing, or a text with a slash at the end. */
  readonly prefix: string;
  readonly #close: () => void;

  /**
   * Asks nothing yet.
   *
   * @param store What sends the requests.
   * @param name The bucket's name.
   * @param prefix The prefix, without slashes around it.
   * @param close Called when the bucket is disposed of.
   */
  constructor(
    store: WritableObjectStore,
    name: string,
    prefix: string = "",
    close: () => void = () => {},
  ) {
    this.store = store;
    this.name = name;
    this.prefix = prefix === "" ? "" : `${prefix}/`;
    this.#close = close;
  }

  /** How people are told of it, such as `s3://bucket/prefix`. */
  get location(): string {
    return `s3://${this.name}/${this.prefix}`.replace(/\/$/, "");
  }

  /** The key of a path. */
  key(path: string): string {
    return this.prefix + path;
  }

  /**
   * Looks an object up.
   *
   * @returns What is known of it, with its path as its key; `undefined` if there is none.
   * @throws {FlatbedError} If the service does not say.
   */
  async stat(
    path: string,
    options?: RequestOptions,
  ): Promise<ObjectInfo | undefined> {
    try {
      const key = this.key(path);
      const info = await this.store.head(this.name, key, options);
      return { ...info, key: path };
    } catch (error) {
      if (isNoObject(error)) return undefined;
      throw error;
    }
  }

  /**
   * Reads a small object into memory.
   *
   * @returns Its content and its version; `undefined` if there is none.
   * @throws {FlatbedError} If it cannot be read.
   */
  async get(
    path: string,
    options: GetOptions = {},
  ): Promise<BucketContent | undefined> {
    let body: ResumableBody;
    try {
      const key = this.key(path);
      body = await ResumableBody.open(this.store, this.name, key, options);
    } catch (error) {
      if (isNoObject(error)) return undefined;
      throw error;
    }
    try {
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      for (let bytes; (bytes = await body.read()) !== null;) {
        pieces.push(bytes.slice());
      }
      const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
      return { bytes, etag: body.info.etag };
    } finally {
      body.cancel();
    }
  }

  /**
   * Writes a small object whole.
   *
   * @param options `ifAbsent` or `ifMatch`: the condition, where the bucket knows conditions.
   * @returns The ETag of what was written.
   * @throws {ObjectChangedError} If the condition does not hold.
   * @throws {FlatbedError} If it cannot be written.
   */
  async put(
    path: string,
    bytes: Uint8Array,
    options: PutOptions = {},
  ): Promise<string> {
    const content = (async function* () {
      yield await Promise.resolve(bytes);
    })();
    const { etag } = await this.store.put(
      this.name,
      this.key(path),
      content,
      { size: bytes.length, ...options },
    );
    return etag;
  }

  /**
   * Lists the objects whose paths begin with a text, in the order of their bytes.
   *
   * @param start The beginning of the paths; the empty string for all.
   * @returns The objects, with their paths as their keys.
   * @throws {FlatbedError} If they cannot be listed.
   */
  async *list(
    start = "",
    options?: RequestOptions,
  ): AsyncGenerator<ObjectInfo> {
    const from = this.key(start);
    for await (
      const { objects } of this.store.listPages(this.name, from, options)
    ) {
      for (const object of objects) {
        yield { ...object, key: object.key.slice(this.prefix.length) };
      }
    }
  }

  /**
   * Removes objects, many with one request. One that is not there is none that fails.
   *
   * @throws {FlatbedError} If one cannot be removed.
   */
  async remove(
    paths: string | readonly string[],
    options?: RequestOptions,
  ): Promise<void> {
    const keys = [paths].flat().map((path) => this.key(path));
    await this.store.remove(this.name, keys, options);
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#close();
  }
}

/** Whether an error says that there is no such object, though there is the bucket. */
function isNoObject(error: unknown): boolean {
  return error instanceof NotFoundError && error.serviceCode !== "NoSuchBucket";
}
