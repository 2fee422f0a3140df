import { createHash } from "node:crypto";
import {
  forEach,
  formatDifferentBytes,
  IntegrityError,
  type LinkedSignal,
  linkSignals,
  quote,
  TooLargeError,
} from "../base/mod.ts";
import { assertPutOptions } from "./assert_put_options.ts";
import { sameEtag } from "./object_info.ts";
import type { PutOptions } from "./object_store.ts";
import {
  isNoUpload,
  type ListedPart,
  type PutRequests,
  type StoredPart,
} from "./put_requests.ts";
import { type Part, UploadPartCutter } from "./upload_part_cutter.ts";
import { MAX_PARTS, partSizeOf } from "./upload_part_size.ts";

/** What was put. */
export interface PutContent {
  /** In bytes. */
  size: number;
  /** The object's ETag, without quotes. */
  etag: string;
}

/** How large a part is unless the caller says so, in bytes. */
const DEFAULT_PART_BYTES = 8 * 1024 * 1024;
/** How many parts are sent at once unless the caller says so. */
const DEFAULT_CONCURRENCY = 4;

/**
 * Puts an object: in one request where it fits into one part, and in parts otherwise. Its
 * name shows nothing of it before it is whole.
 *
 * This is not `@aws-sdk/lib-storage` (3.1175): that takes no async iterable, cannot go on with
 * an upload of another process, keeps one part size whatever an object of unknown size
 * comes to, leaves requests running after an abort, and would bypass this store's
 * connections, pauses and errors. Its issues tell of part sizes that were ignored
 * (aws-sdk-js-v3 #7379), streams that fail behind the last part (#7382), parts that were left
 * behind (#8299) and objects of one part that cannot be aborted (#5109).
 */
export async function putObject(
  key: string,
  content: AsyncIterable<Uint8Array>,
  requests: PutRequests,
  options: PutOptions,
): Promise<PutContent> {
  assertPutOptions(options);
  const { size, partSize = DEFAULT_PART_BYTES } = options;
  using link = linkSignals(options.signal);
  const { signal } = link;
  const reader: UploadPartCutter = new UploadPartCutter(content, {
    signal,
    sizeOf: (number): number => {
      if (number > MAX_PARTS) {
        throw new TooLargeError(
          `Cannot upload ${quote(key)}: it has more than ${MAX_PARTS} parts`,
          { key },
        );
      }
      const full = partSizeOf(number, partSize, size);
      return size === undefined
        ? full
        // One byte more than the rest shows content that is too long.
        : Math.min(full, Math.max(0, size - reader.size) + 1);
    },
  });
  try {
    const first = await reader.read();
    if (await reader.isOver()) {
      assertSize(key, reader.size, size);
      return {
        size: reader.size,
        etag: await requests.put(first.bytes, signal),
      };
    }
    const etag = await putInParts(first, reader, requests, link, key, options);
    return { size: reader.size, etag };
  } finally {
    reader.close();
  }
}

async function putInParts(
  first: Part,
  reader: UploadPartCutter,
  requests: PutRequests,
  { signal, abort }: LinkedSignal,
  key: string,
  options: PutOptions,
): Promise<string> {
  const { concurrency = DEFAULT_CONCURRENCY, size, resume, onAbandon } =
    options;
  const before = resume?.uploadId === undefined
    ? undefined
    : await findParts(resume.uploadId, requests, signal);
  const uploadId = before?.uploadId ?? await requests.begin(signal);
  resume?.onBegin?.(uploadId);
  const stored: StoredPart[] = [];
  try {
    const parts = partsOf(first, reader, key, size, abort);
    await forEach(parts, concurrency, async (part) => {
      const { number } = part;
      try {
        const same = findSame(part, before?.parts.get(number));
        stored[number - 1] = same ??
          await requests.putPart(uploadId, part, signal);
        part.release();
      } catch (error) {
        abort(error); // no other part is of use
        throw error;
      }
    });
    assertSize(key, reader.size, size);
    return await requests.complete(uploadId, stored, signal);
  } catch (error) {
    if (resume === undefined) {
      await requests.abort(uploadId, options.signal?.aborted === true)
        .catch((reason) => onAbandon?.(uploadId, reason));
    }
    throw error;
  }
}

/** All parts; content that fails, or has more bytes than announced, ends the upload at once. */
async function* partsOf(
  first: Part,
  reader: UploadPartCutter,
  key: string,
  size: number | undefined,
  abort: LinkedSignal["abort"],
): AsyncGenerator<Part> {
  yield first;
  try {
    while (!await reader.isOver()) {
      const part = await reader.read();
      if (reader.size > (size ?? Infinity)) assertSize(key, reader.size, size);
      yield part;
    }
  } catch (error) {
    abort(error);
    throw error;
  }
}

/** The parts of an upload that was begun earlier; `undefined` where it is not there any more. */
async function findParts(
  uploadId: string,
  requests: PutRequests,
  signal: AbortSignal,
): Promise<{ uploadId: string; parts: Map<number, ListedPart> } | undefined> {
  try {
    const parts = await requests.listParts(uploadId, signal);
    return {
      uploadId,
      parts: new Map(parts.map((part) => [part.number, part])),
    };
  } catch (error) {
    if (!isNoUpload(error)) throw error;
  }
}

/** The stored part, where its bytes are those of a part: its ETag is their MD5. */
function findSame(
  { bytes }: Part,
  stored: ListedPart | undefined,
): StoredPart | undefined {
  if (stored?.size !== bytes.length) return undefined;
  const md5 = createHash("md5").update(bytes).digest("hex");
  return sameEtag(stored.etag, md5) ? stored : undefined;
}

function assertSize(
  key: string,
  size: number,
  announced: number | undefined,
): void {
  if (announced === undefined || size === announced) return;
  const [actual, expected] = formatDifferentBytes(size, announced);
  throw new IntegrityError(
    size > announced
      ? `Cannot upload ${quote(key)}: its content is longer than ${expected}`
      : `Cannot upload ${
        quote(key)
      }: its content ended after ${actual} of ${expected}`,
    { key },
  );
}
