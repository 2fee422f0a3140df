import { createHash } from "node:crypto";
import {
  assertInteger,
  assertOptions,
  LocalFileError,
  type OptionNames,
  passOn,
  piecesOf,
  TransferError,
} from "../../base/mod.ts";
import { openFileReader } from "../../files/mod.ts";
import {
  isNoUpload,
  MIN_PART_BYTES,
  type ObjectInfo,
  type PutRequests,
  ResumableBody,
  sameEtag,
} from "../../store/mod.ts";
import { STATE_FOLDER } from "../state_folder.ts";
import type { Bucket } from "./bucket.ts";
import { type BucketConditions, probeConditions } from "./bucket_conditions.ts";
import type {
  CopyInfo,
  CopyLookup,
  CopyOptions,
  CopyRanges,
  CopyReader,
  Destination,
  KeptCopy,
  KnownCopy,
  ListedCopy,
  PutCopy,
  SourceObject,
  TakeOptions,
  UnfinishedPut,
} from "./destination.ts";
import { copyInfo } from "./copy_info.ts";
import { readCopyMetadata, SHA256_METADATA } from "./copy_metadata.ts";
import { PARTS_AT_ONCE, putContent } from "./put_content.ts";
import { NotInPartsError, type PutContext, putStored } from "./put_stored.ts";
import { TransferMemory } from "./transfer_memory.ts";
import { UploadRecords } from "./upload_record.ts";

const MiB = 1024 * 1024;

/** Options of {@linkcode BucketDestination}. */
export interface BucketDestinationOptions {
  /**
   * How many bytes of memory the parts of objects under way take at most, of all puts of
   * this destination together, with the copies that are made to send them. What the runtime,
   * its connections and the indexes of rows need comes on top: 250 to 300 MB where eight objects are under way.
   *
   * @default {256 * 1024 * 1024}
   */
  memory?: number | undefined;
  /**
   * The size of a part in bytes, at least: it grows where the object would have more than
   * 10,000 parts.
   *
   * @default {8 * 1024 * 1024}
   */
  partSize?: number | undefined;
  /**
   * How large an object is at most that is put with one request, in bytes.
   *
   * @default {4 * partSize}
   */
  inOneUpTo?: number | undefined;
  /** How many parts of one object are under way at once, at most. @default {8} */
  partsAtOnce?: number | undefined;
  /**
   * From which size on an object's bytes need not be fetched again when another process
   * goes on with it. It is read from the bucket then, for its SHA-256 and its index.
   *
   * @default {1024 * 1024 * 1024}
   */
  savesFrom?: number | undefined;
  /** After how many bytes of such an object that is made sure. @default {64 * 1024 * 1024} */
  saveEvery?: number | undefined;
}

const OPTIONS: OptionNames<BucketDestinationOptions> = {
  memory: true,
  partSize: true,
  inOneUpTo: true,
  partsAtOnce: true,
  savesFrom: true,
  saveEvery: true,
};

/** The least memory: two parts of the least size, and their copies. */
const MIN_MEMORY = 4 * MIN_PART_BYTES;

/** What this process is putting just now: what fits into one request leaves no other trace. */
const underWay = new Map<string, number>();

/**
 * A bucket, or the part of one below a prefix, that stores a mirror's copies. Bytes go from
 * the service to the bucket through memory, in parts, and are complete under their key only
 * when they are proven.
 */
export class BucketDestination implements Destination {
  readonly location: string;
  readonly folder = undefined;
  readonly #bucket: Bucket;
  readonly #context: PutContext;
  #conditions: Promise<BucketConditions> | undefined;

  /**
   * Asks nothing yet.
   *
   * @param bucket The bucket; it stays its owner's.
   * @param options How to put.
   * @throws {TypeError} If an option has the wrong type.
   * @throws {RangeError} If an option is out of range.
   */
  constructor(bucket: Bucket, options: BucketDestinationOptions = {}) {
    assertOptions(options, OPTIONS);
    const { memory = 256 * MiB, partSize = 8 * MiB, partsAtOnce = 8 } = options;
    const { inOneUpTo = 4 * partSize } = options;
    const { savesFrom = 1024 * MiB, saveEvery = 64 * MiB } = options;
    assertInteger(memory, "memory", MIN_MEMORY);
    assertInteger(partSize, "partSize", MIN_PART_BYTES);
    assertInteger(inOneUpTo, "inOneUpTo", 0);
    assertInteger(partsAtOnce, "partsAtOnce", 1);
    assertInteger(savesFrom, "savesFrom", 0);
    assertInteger(saveEvery, "saveEvery", 1);
    this.location = bucket.location;
    this.#bucket = bucket;
    this.#context = {
      bucket,
      memory: new TransferMemory(memory),
      records: new UploadRecords(bucket),
      ...{ partSize, inOneUpTo, partsAtOnce, savesFrom, saveEvery },
      conditions: (signal) => this.conditions(signal),
    };
  }

  /**
   * Which conditions the bucket knows; it is tried once. Where it knows none, the last
   * writer of a copy wins.
   */
  conditions(signal?: AbortSignal): Promise<BucketConditions> {
    return this.#conditions ??= probeConditions(this.#bucket, signal)
      .catch((error) => {
        this.#conditions = undefined; // the next one tries again
        throw error;
      });
  }

  async stat(path: string): Promise<CopyInfo | undefined> {
    const info = await this.#bucket.stat(path);
    return info && copyInfo(info);
  }

  async lookUp(folder: string, signal?: AbortSignal): Promise<CopyLookup> {
    const found = new Map<string, CopyInfo>();
    for await (const info of this.#bucket.list(`${folder}/`, { signal })) {
      found.set(info.key, copyInfo(info));
    }
    return { stat: (path) => Promise.resolve(found.get(path)) };
  }

  async known(
    path: string,
    object: Pick<ObjectInfo, "size" | "etag">,
    signal?: AbortSignal,
  ): Promise<KnownCopy | undefined> {
    const info = await this.#bucket.stat(path, { signal });
    const known = info && readCopyMetadata(info, object);
    return known && { ...known, mtime: copyInfo(info).mtime };
  }

  async noticesCopies(
    size = Infinity,
    signal?: AbortSignal,
  ): Promise<boolean> {
    // A larger one has been sent in parts by then.
    if (size > this.#context.inOneUpTo) return false;
    return (await this.conditions(signal)).ifAbsent;
  }

  async open(path: string, signal?: AbortSignal): Promise<CopyReader> {
    const { store, name } = this.#bucket;
    const info = await this.#bucket.stat(path, { signal });
    if (info === undefined) throw noCopy(this.#bucket, path);
    const key = this.#bucket.key(path);
    const body = await ResumableBody.open(store, name, key, {
      signal,
      etag: info.etag || undefined,
    });
    return {
      mtime: copyInfo(info).mtime,
      read: () => body.read(),
      [Symbol.dispose]: () => body.cancel(),
    };
  }

  async openRanges(path: string, signal?: AbortSignal): Promise<CopyRanges> {
    const { store, name } = this.#bucket;
    const info = await this.#bucket.stat(path, { signal });
    if (info === undefined) throw noCopy(this.#bucket, path);
    const { size, etag } = info;
    const key = this.#bucket.key(path);
    return {
      size,
      slice: async (start, end, { signal: own, into } = {}) => {
        const length = end - start;
        const bytes = into !== undefined && into.length >= length
          ? into.subarray(0, length)
          : new Uint8Array(length);
        if (length === 0) return bytes;
        const body = await ResumableBody.open(store, name, key, {
          ...{ start, end, etag, signal: own ?? signal },
        });
        try {
          let at = 0;
          for (let piece; (piece = await body.read()) !== null;) {
            bytes.set(piece, at);
            at += piece.length;
          }
          if (at === length) return bytes;
          throw new TransferError(
            `Cannot read bytes ${start} to ${end} of '${this.location}/${path}': got ${at} bytes`,
          );
        } finally {
          body.cancel();
        }
      },
      [Symbol.dispose]() {}, // each slice has a connection of its own
    };
  }

  async *list(folder = ""): AsyncGenerator<ListedCopy> {
    const start = folder === "" ? "" : `${folder}/`;
    for await (const { key: path } of this.#bucket.list(start)) {
      const isOwn = path.startsWith(`${STATE_FOLDER}/`);
      // Some programs make objects for folders.
      if (isOwn || path.endsWith("/")) continue;
      yield { path, isRegular: true };
    }
    for await (const { path, of } of this.#context.records.list(start)) {
      yield { path, isRegular: true, partOf: of };
    }
  }

  async put(
    object: SourceObject,
    path: string,
    options: CopyOptions,
  ): Promise<PutCopy> {
    const place = this.#placeOf(path);
    underWay.set(place, (underWay.get(place) ?? 0) + 1);
    try {
      const put = await this.#put(object, path, options);
      const { mtime } = await this.stat(path) ?? {};
      if (mtime === undefined) throw noCopy(this.#bucket, path);
      return { ...put, mtime };
    } finally {
      const left = (underWay.get(place) ?? 1) - 1;
      if (left === 0) underWay.delete(place);
      else underWay.set(place, left);
    }
  }

  async #put(
    object: SourceObject,
    path: string,
    options: CopyOptions,
  ): Promise<Omit<PutCopy, "mtime">> {
    if (options.decompress ?? true) {
      return await putContent(this.#context, object, path, options);
    }
    try {
      return await putStored(this.#context, object, path, options);
    } catch (error) {
      if (!(error instanceof NotInPartsError)) throw error;
      return await putContent(this.#context, object, path, options);
    }
  }

  async take(
    file: string,
    path: string,
    { sha256, signal }: TakeOptions,
  ): Promise<CopyInfo> {
    using reader = await openFileReader(file, signal);
    const { size } = await Deno.stat(file);
    const { memory, partSize } = this.#context;
    const giveBack = await memory.reserve(
      (PARTS_AT_ONCE + 1) * partSize,
      signal,
    );
    try {
      const { name, store } = this.#bucket;
      await store.put(name, this.#bucket.key(path), piecesOf(reader), {
        ...{ size, partSize, concurrency: PARTS_AT_ONCE, signal },
        metadata: { [SHA256_METADATA]: sha256 },
      });
    } finally {
      giveBack();
    }
    const info = await this.stat(path);
    if (info === undefined) throw noCopy(this.#bucket, path);
    return info;
  }

  /** The bucket copies it within itself, which takes no bytes of this machine. */
  async keep(path: string, sha256: string): Promise<KeptCopy> {
    const { store, name } = this.#bucket;
    const there = await this.#bucket.stat(path);
    if (there === undefined) throw noCopy(this.#bucket, path);
    for (let number = 1;; number++) {
      const kept = `${STATE_FOLDER}/replaced/${path}.${sha256}${
        number === 1 ? "" : `-${number}`
      }`;
      const before = await this.#bucket.stat(kept);
      if (before === undefined) {
        const from = { ...there, key: this.#bucket.key(path) };
        await store.copy(name, from, this.#bucket.key(kept));
        return { path: kept, drop: () => this.remove(kept) };
      }
      const isSame = before.size === there.size &&
        (sameEtag(before.etag, there.etag) ||
          await this.#sha256(kept) === await this.#sha256(path));
      if (isSame) return { path: kept, drop: () => Promise.resolve() };
    }
  }

  async remove(path: string): Promise<void> {
    await this.#bucket.remove(path);
  }

  async unfinished(path: string): Promise<UnfinishedPut> {
    const parts = await this.#partsOf(path);
    const stored = parts?.reduce((sum, { size }) => sum + size, 0) ?? 0;
    return { stored, content: 0 };
  }

  async discard(path: string): Promise<void> {
    const { records } = this.#context;
    const record = await records.read(path);
    if (record === undefined) return;
    const requests = await this.#requests(path);
    await requests.abort(record.id, false);
    await records.remove(path);
  }

  async isBeingPut(path: string): Promise<boolean> {
    return underWay.has(this.#placeOf(path)) ||
      await this.#context.records.isAlive(path);
  }

  /** Objects are durable once they are there. */
  fsync(_folder: string): Promise<void> {
    return Promise.resolve();
  }

  /** Buckets do not tell. */
  freeBytes(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  #placeOf(path: string): string {
    return `${this.location}/${path}`;
  }

  #requests(path: string): Promise<PutRequests> {
    const { store, name } = this.#bucket;
    return store.putRequests(name, this.#bucket.key(path));
  }

  /** The parts of an upload that has not ended. */
  async #partsOf(path: string): Promise<{ size: number }[] | undefined> {
    const record = await this.#context.records.read(path);
    if (record === undefined) return undefined;
    const requests = await this.#requests(path);
    try {
      const never = new AbortController().signal;
      return await requests.listParts(record.id, never);
    } catch (error) {
      if (isNoUpload(error)) return undefined;
      throw error;
    }
  }

  async #sha256(path: string): Promise<string> {
    using reader = await this.open(path);
    const sha256 = createHash("sha256");
    await passOn(reader, [(bytes) => void sha256.update(bytes)]);
    return sha256.digest("hex");
  }
}

function noCopy({ location }: Bucket, path: string): LocalFileError {
  return new LocalFileError(
    `Cannot read '${location}/${path}': there is no such object`,
  );
}
