import { createHash, type Hash } from "node:crypto";
import {
  type GzipState,
  Md5,
  type ObjectInfo,
  type Proof,
  proofOf,
  provingMd5,
  type ResumableBody,
  sameEtag,
} from "../store/mod.ts";
import { IntegrityError } from "../base/mod.ts";
import { bytesOf } from "./bytes_of.ts";
import { damagedAtSource } from "./damaged_at_source.ts";
import {
  canInflate,
  findGzipFault,
  GzipError,
  keepOpen,
  openContent,
} from "../gzip/mod.ts";
import type { CheckedFileOptions, Ranging } from "./options.ts";
import {
  type EarlierPart,
  type PartFile,
  readFile,
  statFile,
} from "../files/mod.ts";
import type { ObjectSource } from "./object_source.ts";
import { fetchRanges, RangesIgnoredError } from "./ranged_download.ts";

/** A file that has been downloaded. */
export interface DownloadedFile {
  /** The object's key, as it was asked for. */
  key: string;
  /**
   * The file's path, as it was asked for; with `.damaged` behind it where the object is
   * damaged at source, and a whole file lies at that path.
   */
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
  /** What proves that the bytes are the object's. */
  proof: Proof;
  /**
   * Whether its gzip data is whole. Where it is `damaged`, the bytes are exactly the
   * service's, and downloading it again cannot help until upstream replaces them.
   */
  gzip: GzipState;
  /** What is wrong with its gzip data, as the end of a sentence that begins with it. */
  gzipFault?: string;
}

/** What is known of the object that a file is made from. */
interface Version extends Omit<ObjectInfo, "key"> {
  /** Whether the size is what the service says, and not only what has arrived. */
  isSized?: boolean;
}

/**
 * The gzip data is damaged, and neither an MD5 nor a second download says that the
 * service has it so: bits can flip on the way.
 */
export class UnconfirmedDamageError extends IntegrityError {}

/** The download of one object to one file. */
export class FileDownload {
  readonly #source: ObjectSource;
  readonly #part: PartFile;
  readonly #options: CheckedFileOptions;
  readonly #ranging: Ranging;
  /** The SHA-256 of the bytes that were damaged, of each time that they were downloaded. */
  readonly #damaged: Set<string>;

  /** Prepares the download. */
  constructor(
    source: ObjectSource,
    part: PartFile,
    options: CheckedFileOptions,
    ranging: Ranging,
    damaged: Set<string> = new Set(),
  ) {
    this.#damaged = damaged;
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
    using hashes = this.#hashes({ etag: earlier?.etag ?? "" });
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
        body.cancel();
        return await this.#inRanges({ ...body.info, size }, undefined);
      }
      const record = size === undefined || etag === ""
        ? undefined
        : { bucket: this.#source.bucket, key, etag, size };
      await part.begin(record, start);
      const arriving = this.#arriving(body, hashes.sha256);
      const stored = this.#mustInflate(body.info) && start > 0
        ? concat(this.#earlierBytes(start), arriving)
        : arriving;
      return await this.#finish(stored, hashes.sha256, start, () => ({
        ...body.info,
        size: body.offset,
        isSized: size !== undefined ||
          body.offset === this.#options.expectedSize,
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
      return await new FileDownload(
        this.#source,
        part,
        {
          ...this.#options,
          expectedSize: undefined,
        },
        { ...this.#ranging, threshold: Infinity },
        this.#damaged,
      ).run(
        undefined,
      );
    }
    using hashes = this.#hashes(version);
    const stored = hashes.isAny || this.#mustInflate(version)
      ? this.#fromDisk(version, hashes)
      : nothing();
    return await this.#finish(
      stored,
      hashes.sha256,
      resumedFrom,
      () => version,
    );
  }

  /** The bytes that came in ranges, hashed on their way and checked at the end. */
  async *#fromDisk(
    version: Version,
    hashes: StoredHashes,
  ): AsyncGenerator<Uint8Array> {
    for await (const bytes of this.#earlierBytes(version.size)) {
      hashes.update(bytes);
      yield bytes;
    }
    const { key } = this.#source;
    const md5 = hashes.md5?.digest();
    if (md5 !== undefined && md5 !== provingMd5(version)) {
      throw new IntegrityError(
        `Cannot download '${key}': the MD5 of the bytes that arrived is ${md5}, and the ETag says ${version.etag}`,
        { key },
      );
    }
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
    // Where the content is written, its hash is another one.
    const hash = decompress && sha256 ? createHash("sha256") : storedSha256;
    let isContent = false;
    let gzip: GzipState = "unchecked";
    let damage: GzipError | undefined;
    try {
      if (this.#mustInflate(version())) {
        const content = await openContent(keepOpen(stored), key);
        isContent = decompress && content.isGzip;
        for await (const chunk of content.bytes) {
          if (decompress) hash?.update(chunk);
          if (isContent) await this.#part.writeContent(chunk);
        }
        if (content.isGzip) gzip = "whole";
      }
    } catch (error) {
      if (!(error instanceof GzipError)) {
        await stored.return(undefined);
        throw error;
      }
      gzip = "damaged";
      damage = error;
    }
    // Reading writes and hashes: the rest of damaged data tells whose damage it is.
    for await (const _ of stored) { /* nobody needs it besides */ }
    const found = version();
    if (damage !== undefined) {
      await this.#confirmDamage(found, damage);
      if (decompress) throw damagedAtSource(key, found, damage.fault);
    }
    const path = damage === undefined
      ? this.#part.target
      : await this.#pathForDamaged();
    const bytes = await this.#part.finish({
      path,
      isContent,
      size: found.size,
      signal,
    });
    return {
      key,
      path,
      bytes,
      size: found.size,
      etag: found.etag,
      lastModified: found.lastModified,
      resumedFrom,
      ...(hash === undefined ? {} : { sha256: hash.digest("hex") }),
      proof: proofOf(found, gzip),
      gzip,
      ...(damage === undefined ? {} : { gzipFault: damage.fault }),
    };
  }

  /** Where bytes go that are damaged at source: a whole file does not give way to them. */
  async #pathForDamaged(): Promise<string> {
    const { target } = this.#part;
    const isKept = !this.#options.replaceByDamaged &&
      statFile(target) !== undefined &&
      await findGzipFault(readFile(target), this.#source.key) === undefined;
    return isKept ? `${target}.damaged` : target;
  }

  /** Passes where the bytes are the service's for sure, damaged as they are. */
  async #confirmDamage(version: Version, damage: GzipError): Promise<void> {
    if (provingMd5(version) !== undefined) return;
    // It may have been cut on the way, each time at the same byte.
    if (version.isSized === false) throw damage;
    await this.#part.flush();
    const sha256 = createHash("sha256");
    for await (const bytes of this.#earlierBytes(version.size)) {
      sha256.update(bytes);
    }
    const sum = sha256.digest("hex");
    if (this.#damaged.has(sum)) return;
    this.#damaged.add(sum);
    const { key } = this.#source;
    throw new UnconfirmedDamageError(
      `Cannot download '${key}': its gzip data ${damage.fault}, and was not the same each time that it was downloaded`,
      { key },
    );
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

  /** Whether gzip data is to be inflated: for its content, or to know that it is whole. */
  #mustInflate(version: Pick<Version, "etag" | "isEncrypted">): boolean {
    const { trustEtag, decompress } = this.#options;
    if (decompress) return true;
    // Without WebAssembly, whole data of several members cannot be told from damaged data.
    return canInflate && (!trustEtag || provingMd5(version) === undefined);
  }

  #earlierBytes(length: number): AsyncGenerator<Uint8Array> {
    return this.#part.readEarlier(length, this.#options.signal);
  }

  /** The hashes of the stored bytes that are wanted. */
  #hashes(version: Pick<Version, "etag" | "isEncrypted">): StoredHashes {
    const { decompress, sha256 } = this.#options;
    return new StoredHashes(
      provingMd5(version) === undefined ? undefined : new Md5(),
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

  /** Whether any is wanted. */
  get isAny(): boolean {
    return this.md5 !== undefined || this.sha256 !== undefined;
  }

  /** Takes bytes into all of them. */
  update(bytes: Uint8Array): void {
    this.md5?.update(bytes);
    this.sha256?.update(bytes);
  }

  /** Reads bytes into all of them. */
  async read(source: AsyncIterable<Uint8Array>): Promise<void> {
    if (!this.isAny) return;
    for await (const bytes of source) this.update(bytes);
  }
}

async function* concat(
  first: AsyncIterable<Uint8Array>,
  second: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* second;
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // what is stored is in its place already
}
