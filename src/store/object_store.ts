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

/** Options of {@linkcode WritableObjectStore.put}. */
export interface PutOptions extends RequestOptions {
  /** The size of the content in bytes, where it is known: other content is an error. */
  size?: number | undefined;
  /**
   * The size of a part in bytes, 5 MiB to 5 GiB. It grows where the object would have more
   * than 10,000 parts otherwise.
   *
   * @default {8 * 1024 * 1024}
   */
  partSize?: number | undefined;
  /** How many parts are sent at once. Each is held in memory. @default {4} */
  concurrency?: number | undefined;
  /** Whether to put the object only if the key has none yet. @default {false} */
  ifAbsent?: boolean | undefined;
  /** The `Content-Type`. @default {"application/octet-stream"} */
  contentType?: string | undefined;
  /** What is stored with the object: printable ASCII, 2 KB in all. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** Lets a later call continue an upload in parts that fails; its parts are kept then. */
  resume?: ResumeOptions | undefined;
  /** Called where the parts of an upload that failed could not be deleted: they take space until the upload is aborted. */
  onAbandon?: ((uploadId: string, reason: unknown) => void) | undefined;
}

/** How an upload in parts is continued. */
export interface ResumeOptions {
  /** The id of the upload that failed. Parts with the same bytes are not sent again, so `partSize` must be the same. */
  uploadId?: string | undefined;
  /** Called with the upload's id before the first part is sent. */
  onBegin?: ((uploadId: string) => void) | undefined;
}

/** A store that objects can be put into. */
export interface WritableObjectStore extends ObjectStore {
  /**
   * Puts an object: in one request where it fits into one part, and in parts otherwise.
   * Its key shows nothing of it before it is complete. At most `concurrency` parts are
   * held in memory, and each is retried by itself.
   *
   * @param content The bytes, in pieces of any size, each valid until the next is asked for.
   * @throws {ObjectChangedError} If there is an object already, with `ifAbsent`.
   * @throws {IntegrityError} If the content has another size than `size`.
   * @throws {unknown} What `content` throws, or the signal's reason.
   */
  put(
    bucket: string,
    key: string,
    content: AsyncIterable<Uint8Array>,
    options?: PutOptions,
  ): Promise<ObjectInfo>;
}
