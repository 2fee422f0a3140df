import { FlatbedError, forEach, ServiceError } from "../base/mod.ts";
import type { Ask } from "./aws_put_requests.ts";
import { type AwsPutHost, AwsPutRequests } from "./aws_put_requests.ts";
import { type ObjectInfo, quoteEtag } from "./object_info.ts";
import type {
  CopyObjectOptions,
  OpenUpload,
  RequestOptions,
} from "./object_store.ts";
import type { StoredPart } from "./put_requests.ts";
import { readField } from "./read_uploaded_parts.ts";
import type { Retries } from "./retries.ts";
import { MAX_PART_BYTES } from "./upload_part_size.ts";
import { readXmlFields, type XmlFields } from "./xml_fields.ts";

/** What the requests need of their store. */
export interface AwsObjectHost {
  bucket: string;
  /** Sends a command, once. */
  ask<T>(ask: Ask<T>): Promise<T>;
  retries(options: RequestOptions): Retries;
}

/** How many objects one request removes at most. */
const KEYS_PER_REQUEST = 1000;
/** How many are removed at once where each takes a request. */
const REMOVED_AT_ONCE = 8;
/** How many parts are copied at once. */
const COPIED_AT_ONCE = 4;
/** The parts that a large object is copied in, in bytes: a service can copy many at once. */
const COPY_PART_BYTES = 512 * 1024 * 1024;
/** A service copies faster than this, in bytes per second of its silence, for the idle timeout. */
const COPIED_PER_BYTE_SENT = 1024;

/** Removes objects; see `WritableObjectStore.remove()`. */
export async function removeObjects(
  host: AwsObjectHost,
  keys: readonly string[],
  { signal, onRetry }: RequestOptions,
): Promise<void> {
  const ask = <T>(ask: Ask<T>) =>
    host.retries({ signal, onRetry }).run(() => host.ask({ ...ask, signal }));
  const removeOne = (Key: string) =>
    ask<void>({
      command: (sdk) =>
        new sdk.DeleteObjectCommand({ Bucket: host.bucket, Key }),
      read: () => {},
    }).catch((error) => {
      // Some services tell that there is none.
      const isGone = error instanceof FlatbedError && error.status === 404 &&
        error.serviceCode !== "NoSuchBucket";
      if (!isGone) throw error;
    });
  const removeEach = (keys: readonly string[]) =>
    forEach(keys, REMOVED_AT_ONCE, removeOne, signal);
  for (let at = 0; at < keys.length; at += KEYS_PER_REQUEST) {
    const some = keys.slice(at, at + KEYS_PER_REQUEST);
    if (some.length === 1) {
      await removeEach(some);
      continue;
    }
    let left: readonly string[];
    try {
      left = await ask({
        command: (sdk) =>
          new sdk.DeleteObjectsCommand({
            Bucket: host.bucket,
            Delete: { Objects: some.map((Key) => ({ Key })), Quiet: true },
          }),
        root: "DeleteResult",
        read: ({ text }) => {
          const { entries: { Error = [] } } = readXmlFields(text, ["Error"]);
          return Error.flatMap((fields) => fields.get("Key") ?? []);
        },
      });
    } catch (error) {
      // Not every service knows this request.
      const isUnknown = error instanceof ServiceError &&
        [400, 404, 405, 501].includes(error.status ?? 0);
      if (!isUnknown) throw error;
      left = some;
    }
    await removeEach(left); // one by one, each says why it cannot be removed
  }
}

/** Copies an object; see `WritableObjectStore.copy()`. */
export async function copyObject(
  host: AwsPutHost,
  from: Pick<ObjectInfo, "key" | "size" | "etag" | "metadata">,
  {
    signal,
    onRetry,
    inPartsFrom: least = MAX_PART_BYTES,
    partSize: size = COPY_PART_BYTES,
  }: CopyObjectOptions,
): Promise<string> {
  const source = {
    Bucket: host.bucket,
    Key: host.key,
    CopySource: `${host.bucket}/${
      from.key.split("/").map(encodeURIComponent).join("/")
    }`,
    CopySourceIfMatch: quoteEtag(from.etag),
  };
  const ask = <T>(ask: Ask<T>) =>
    host.retries({ signal, onRetry }).run(() => host.ask({ ...ask, signal }));
  if (from.size < least) {
    return await ask({
      command: (sdk) => new sdk.CopyObjectCommand(source),
      root: "CopyObject(?:Result|Response)",
      read: ({ text }) => readField(text, "ETag").replaceAll('"', ""),
      bodySize: from.size / COPIED_PER_BYTE_SENT,
    });
  }
  const requests = new AwsPutRequests(host, {
    onRetry,
    metadata: from.metadata,
  });
  const never = new AbortController().signal;
  const id = await requests.begin(signal ?? never);
  try {
    const parts: StoredPart[] = [];
    const count = Math.ceil(from.size / size);
    await forEach(Array(count).keys(), COPIED_AT_ONCE, async (index) => {
      const start = index * size;
      const end = Math.min(from.size, start + size);
      const input = {
        ...source,
        UploadId: id,
        PartNumber: index + 1,
        CopySourceRange: `bytes=${start}-${end - 1}`,
      };
      parts[index] = await ask({
        command: (sdk) => new sdk.UploadPartCopyCommand(input),
        root: "CopyPart(?:Result|Response)",
        read: ({ text }) => ({
          number: index + 1,
          etag: readField(text, "ETag").replaceAll('"', ""),
          crc32: undefined,
        }),
        bodySize: (end - start) / COPIED_PER_BYTE_SENT,
      });
    }, signal);
    return await requests.complete(id, parts, signal ?? never);
  } catch (error) {
    await requests.abort(id, signal?.aborted === true).catch(() => {});
    throw error;
  }
}

/** Lists uploads that have not ended; see `WritableObjectStore.openUploads()`. */
export async function* listUploads(
  host: AwsObjectHost,
  prefix: string,
  { signal, onRetry }: RequestOptions,
): AsyncGenerator<OpenUpload> {
  let KeyMarker: string | undefined;
  let UploadIdMarker: string | undefined;
  while (true) {
    const input = {
      ...{ Bucket: host.bucket, Prefix: prefix },
      ...{ KeyMarker, UploadIdMarker },
    };
    const { uploads, root } = await host.retries({ signal, onRetry }).run(() =>
      host.ask({
        command: (sdk) => new sdk.ListMultipartUploadsCommand(input),
        root: "ListMultipartUploads(?:Result|Response)",
        read: ({ text }) => {
          const { root, entries } = readXmlFields(text, ["Upload"]);
          return { uploads: (entries.Upload ?? []).flatMap(toUpload), root };
        },
        signal,
      })
    );
    yield* uploads;
    const key = root.get("NextKeyMarker") ?? undefined;
    const id = root.get("NextUploadIdMarker") ?? undefined;
    const isLast = root.get("IsTruncated")?.trim().toLowerCase() !== "true" ||
      !key || key === KeyMarker && id === UploadIdMarker;
    if (isLast) return;
    [KeyMarker, UploadIdMarker] = [key, id];
  }
}

function toUpload(fields: XmlFields): OpenUpload[] {
  const key = fields.get("Key");
  const id = fields.get("UploadId");
  if (!key || !id) return [];
  const begun = new Date(fields.get("Initiated") ?? NaN);
  return [{ key, id, begun: isNaN(begun.getTime()) ? undefined : begun }];
}
