import type { HttpBody } from "./http_body.ts";
import type { ListPage } from "./listing.ts";
import type { ObjectInfo } from "./object_info.ts";
import type { PutRequests } from "./put_requests.ts";
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
  /** Puts the object only if it replaces the version with this ETag. */
  ifMatch?: string | undefined;
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

/** Options of {@linkcode WritableObjectStore.copy}. */
export interface CopyObjectOptions extends RequestOptions {
  /** From which size on an object is copied in parts, in bytes. @default {5 * 1024 ** 3} */
  inPartsFrom?: number | undefined;
  /** The size of those parts in bytes. @default {512 * 1024 * 1024} */
  partSize?: number | undefined;
}

/** An upload in parts that has not ended. */
export interface OpenUpload {
  key: string;
  id: string;
  /** When it was begun, if the service says so. */
  begun: Date | undefined;
}

/** A store that objects can be put into. */
export interface WritableObjectStore extends ObjectStore {
  /**
   * The requests that putting one object is made of, for who does more than {@linkcode put}.
   *
   * @param options What is stored with it, and under which condition.
   */
  putRequests(
    bucket: string,
    key: string,
    options?: PutOptions,
  ): Promise<PutRequests>;
  /** Removes objects, as many at once as the service takes. One that is not there is none that fails. */
  remove(
    bucket: string,
    keys: readonly string[],
    options?: RequestOptions,
  ): Promise<void>;
  /**
   * Copies an object within a bucket, without its bytes passing through here: in parts
   * where it is larger than 5 GB.
   *
   * @param from The version to copy.
   * @param key The new object's key.
   * @returns The ETag of the copy.
   * @throws {ObjectChangedError} If there is another version by now.
   */
  copy(
    bucket: string,
    from: Pick<ObjectInfo, "key" | "size" | "etag" | "metadata">,
    key: string,
    options?: CopyObjectOptions,
  ): Promise<string>;
  /** Lists the uploads in parts that have not ended, of keys that begin with a prefix. */
  openUploads(
    bucket: string,
    prefix: string,
    options?: RequestOptions,
  ): AsyncGenerator<OpenUpload>;
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
