import { createHash, type Hash } from "node:crypto";
import {
  IntegrityError,
  isMd5Etag,
  Md5,
  type ObjectInfo,
  type ResumableBody,
  type ResumableBodyOptions,
  sameEtag,
} from "../store/mod.ts";
import { bytesOf } from "./bytes_of.ts";
import { openContent } from "./decompress.ts";
import type { CheckedFileOptions, Ranging } from "./options.ts";
import type { EarlierPart, PartFile } from "./part_file.ts";
import { fetchRanges, RangesIgnoredError } from "./ranged_download.ts";

/** A file that has been downloaded. */
export interface DownloadedFile {
  /** The object's key, as it was asked for. */
  key: string;
  /** The file's path, as it was asked for. */
  path: string;
  /** The file's size in bytes. */
  bytes: number;
  /** The object's size as stored, in bytes. */
  size: number;
  /** The object's ETag, without quotes. */
  etag: string;
  /** When the object was last replaced, where the service says it. */
  lastModified: Date | undefined;
  /** How many of the stored bytes an earlier run had left, which were not fetched again. */
  resumedFrom: number;
  /** The SHA-256 of the file's bytes in hexadecimal digits, where it was asked for. */
  sha256?: string;
}

/** An object, and how to ask for it. */
export interface ObjectSource {
  bucket: string;
  key: string;
  /** Opens the object, or a part of it. */
  open(part?: ResumableBodyOptions): Promise<ResumableBody>;
  /** Asks for what is known of it. */
  head(): Promise<ObjectInfo>;
}

/** What is known of the object that a file is made from. */
interface Version {
  size: number;
  etag: string;
  lastModified: Date | undefined;
}

/** The download of one object to one file. */
export class FileDownload {
  readonly #source: ObjectSource;
  readonly #part: PartFile;
  readonly #options: CheckedFileOptions;
  readonly #ranging: Ranging;

  /** Prepares the download. */
  constructor(
    source: ObjectSource,
    part: PartFile,
    options: CheckedFileOptions,
    ranging: Ranging,
  ) {
    this.#source = source;
    this.#part = part;
    this.#options = options;
    this.#ranging = ranging;
  }

  /** Downloads the file, with what an earlier run has left where there is any. */
  async run(earlier: EarlierPart | undefined): Promise<DownloadedFile> {
    const { expectedSize } = this.#options;
    if (this.#isLarge(expectedSize ?? earlier?.size)) {
      const info = await this.#source.head();
      if (this.#isLarge(info.size) && info.etag !== "") {
        return await this.#inRanges(info, earlier);
      }
      earlier = undefined; // it was of another version
    }
    // What was fetched in ranges has gaps.
    if (earlier?.rangeSize !== undefined) earlier = undefined;
    return await this.#inOne(earlier);
  }

  #isLarge(size: number | undefined): boolean {
    return size !== undefined && size >= this.#ranging.threshold;
  }

  /** In one stream, from the first byte to the last. */
  async #inOne(earlier: EarlierPart | undefined): Promise<DownloadedFile> {
    const { key } = this.#source;
    const part = this.#part;
    // Where all is there, the last byte is asked for again: the answer says
    // whether it is still the same version.
    const start = earlier === undefined
      ? 0
      : Math.max(0, Math.min(earlier.length, earlier.size - 1));
    using hashes = this.#hashes(earlier?.etag ?? "");
    if (start > 0) await hashes.read(this.#earlierBytes(start));
    const body = earlier === undefined || start === 0
      ? await this.#source.open()
      : await this.#source.open({
        start,
        etag: earlier.etag,
        md5: hashes.md5,
      });
    try {
      const { size, etag } = body.info;
      if (start === 0 && this.#isLarge(size) && size && etag !== "") {
        const { lastModified } = body.info;
        body.cancel();
        return await this.#inRanges({ size, etag, lastModified }, undefined);
      }
      const record = size === undefined || etag === ""
        ? undefined
        : { bucket: this.#source.bucket, key, etag, size };
      await part.begin(record, start);
      const arriving = this.#arriving(body, hashes.sha256);
      const isRead = this.#options.decompress || this.#mustCheck(etag);
      const stored = isRead && start > 0
        ? concat(this.#earlierBytes(start), arriving)
        : arriving;
      return await this.#finish(stored, hashes.sha256, start, () => ({
        size: body.offset,
        etag,
        lastModified: body.info.lastModified,
      }));
    } finally {
      body.cancel();
    }
  }

  /** In ranges, several at once. */
  async #inRanges(
    version: Version,
    earlier: EarlierPart | undefined,
  ): Promise<DownloadedFile> {
    const { bucket, key } = this.#source;
    const { signal, onProgress } = this.#options;
    const { size, etag } = version;
    const part = this.#part;
    const isSame = earlier !== undefined && earlier.size === size &&
      sameEtag(earlier.etag, etag);
    const record = { bucket, key, etag, size };
    using ranges = await part.beginRanges(
      record,
      isSame ? earlier : undefined,
      this.#ranging.size,
    );
    const resumedFrom = ranges.bytesDone;
    try {
      await fetchRanges(this.#source, etag, ranges, part, {
        atOnce: this.#ranging.atOnce,
        signal,
        onBytes: () =>
          onProgress?.({ key, bytes: ranges.bytesDone, total: size }),
      });
    } catch (error) {
      if (!(error instanceof RangesIgnoredError)) throw error;
      return await new FileDownload(this.#source, part, {
        ...this.#options,
        expectedSize: undefined,
      }, { ...this.#ranging, threshold: Infinity }).run(undefined);
    }
    using hashes = this.#hashes(etag);
    const isRead = this.#options.decompress || this.#mustCheck(etag);
    if (hashes.md5 !== undefined || !isRead) {
      await hashes.read(this.#earlierBytes(size));
      const md5 = hashes.md5?.digest();
      if (md5 !== undefined && md5 !== etag.toLowerCase()) {
        throw new IntegrityError(
          `Cannot download '${key}': the MD5 of the bytes that arrived is ${md5}, and the ETag says ${etag}`,
          { key },
        );
      }
    }
    const stored = isRead
      ? hashing(
        this.#earlierBytes(size),
        hashes.md5 === undefined ? hashes.sha256 : undefined,
      )
      : nothing();
    return await this.#finish(
      stored,
      hashes.sha256,
      resumedFrom,
      () => version,
    );
  }

  /** Takes all stored bytes, decompresses them where that is wanted, and names the file. */
  async #finish(
    stored: AsyncGenerator<Uint8Array>,
    storedSha256: Hash | undefined,
    resumedFrom: number,
    version: () => Version,
  ): Promise<DownloadedFile> {
    const { key } = this.#source;
    const { decompress, sha256, signal } = this.#options;
    let hash = storedSha256;
    let isContent = false;
    if (decompress) {
      const { isGzip, bytes } = await openContent(stored, key);
      isContent = isGzip;
      // What is written is the content: its hash is another one.
      if (sha256) hash = createHash("sha256");
      for await (const chunk of bytes) {
        hash?.update(chunk);
        if (isContent) await this.#part.writeContent(chunk);
      }
    } else if (this.#mustCheck(version().etag)) {
      const { bytes } = await openContent(stored, key);
      for await (const _ of bytes) { /* whether it comes to its end */ }
    } else {
      for await (const _ of stored) { /* reading writes */ }
    }
    const found = version();
    const bytes = await this.#part.finish({
      isContent,
      size: found.size,
      signal,
    });
    return {
      key,
      path: this.#part.target,
      bytes,
      ...found,
      resumedFrom,
      ...(hash === undefined ? {} : { sha256: hash.digest("hex") }),
    };
  }

  /** The bytes as they arrive, written to the part file on their way. */
  async *#arriving(
    body: ResumableBody,
    sha256: Hash | undefined,
  ): AsyncGenerator<Uint8Array> {
    for await (const bytes of bytesOf(body, this.#source.key, this.#options)) {
      sha256?.update(bytes);
      await this.#part.write(bytes);
      yield bytes;
    }
  }

  /** Whether gzip data is to be read to its end, though it is kept as it is stored. */
  #mustCheck(etag: string): boolean {
    const { checkGzip, decompress } = this.#options;
    return checkGzip && !decompress && !isMd5Etag(etag);
  }

  #earlierBytes(length: number): AsyncGenerator<Uint8Array> {
    return this.#part.readEarlier(length, this.#options.signal);
  }

  /** The hashes of the stored bytes that are wanted. */
  #hashes(etag: string): StoredHashes {
    const { decompress, sha256 } = this.#options;
    return new StoredHashes(
      isMd5Etag(etag) ? new Md5() : undefined,
      sha256 && !decompress ? createHash("sha256") : undefined,
    );
  }
}

/** Hashes of an object's bytes as they are stored. */
class StoredHashes implements Disposable {
  constructor(
    readonly md5: Md5 | undefined,
    readonly sha256: Hash | undefined,
  ) {}

  /** Lets go of what was not read to its end. */
  [Symbol.dispose](): void {
    this.md5?.release();
  }

  /** Reads bytes into all of them. */
  async read(source: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.md5 === undefined && this.sha256 === undefined) return;
    for await (const bytes of source) {
      this.md5?.update(bytes);
      this.sha256?.update(bytes);
    }
  }
}

async function* concat(
  first: AsyncIterable<Uint8Array>,
  second: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* second;
}

/** Passes bytes on, and has them hashed on their way. */
async function* hashing(
  source: AsyncIterable<Uint8Array>,
  hash: Hash | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    hash?.update(bytes);
    yield bytes;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // what is stored is in its place already
}
