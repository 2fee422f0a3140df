import type { HttpBody } from "./http_body.ts";
import type { ListPage } from "./listing.ts";
import type { ObjectInfo } from "./object_info.ts";
import type { Retries, RetryPolicy } from "./retries.ts";

/** Options of one request. */
export interface RequestOptions {
  /** Aborts the request. */
  signal?: AbortSignal | undefined;
  /** Called before each retry. */
  onRetry?: RetryPolicy["onRetry"];
}

/** Options of a listing. */
export interface ListOptions extends RequestOptions {
  /** Sums up, as a folder, all keys that are equal up to its next occurrence after the prefix. */
  delimiter?: string | undefined;
  /** How many objects are listed at most. @default {Infinity} */
  limit?: number | undefined;
}

/** Which bytes of which version of an object are asked for. */
export interface GetOptions extends RequestOptions {
  /** The offset of the first byte. @default {0} */
  start?: number | undefined;
  /** The offset after the last byte; the object's end where it is not given. */
  end?: number | undefined;
  /** The ETag of the version; another version is an error. */
  etag?: string | undefined;
}

/** The answer to a request for an object's bytes. */
export interface ObjectResponse {
  /** The object. Its size is that of the whole object, and `undefined` where the service does not say. */
  info: Omit<ObjectInfo, "size"> & { size: number | undefined };
  /** The offset of the body's first byte. */
  offset: number;
  /** The bytes; its errors are those of {@linkcode ObjectStore.get}. */
  body: HttpBody;
}

/** The objects of a service's buckets. Every failure is a `FlatbedError`. */
export interface ObjectStore {
  /** The address of the service; `undefined` where an AWS client chooses it. */
  endpoint(): Promise<URL | undefined>;
  /**
   * Looks an object up, with retries.
   *
   * @throws {NotFoundError} If there is no such object or bucket.
   */
  head(
    bucket: string,
    key: string,
    options?: RequestOptions,
  ): Promise<ObjectInfo>;
  /**
   * Asks for an object's bytes, once. The body can begin before `start` where the
   * service does not know ranges.
   *
   * @throws {ObjectChangedError} If the version of `etag` is not there any more.
   */
  get(
    bucket: string,
    key: string,
    options?: GetOptions,
  ): Promise<ObjectResponse>;
  /** Lists the objects whose keys begin with a prefix, page by page, with retries. */
  listPages(
    bucket: string,
    prefix: string,
    options?: ListOptions,
  ): AsyncGenerator<ListPage>;
  /** Starts to count the retries of one piece of work. */
  retries(options?: RequestOptions): Retries;
  /** Offers a connection that is idle for now; see {@linkcode AdaptiveSemaphore.offer}. */
  offerConnection(giveBack: () => void): () => void;
  /** Closes all connections. No request may follow. */
  close(): void;
}
