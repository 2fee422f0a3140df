import { createHash } from "node:crypto";
import {
  Md5,
  type ObjectInfo,
  proofOf,
  provingMd5,
  sameEtag,
} from "../store/mod.ts";
import { ByteChecks, hashing } from "./byte_checks.ts";
import type { DownloadedFile } from "./downloaded_file.ts";
import {
  IntegrityError,
  ObjectChangedError,
  passOn,
  type Tap,
} from "../base/mod.ts";
import { damagedAtSource } from "./damaged_error.ts";
import { Decompressor, type GzipError } from "../gzip/mod.ts";
import type { CheckedFileOptions } from "./check_download.ts";
import type { Ranging } from "./settings.ts";
import {
  DAMAGED_ENDING,
  type EarlierPart,
  openFileReader,
  type PartFile,
  statFile,
} from "../files/mod.ts";
import type { ObjectSource } from "./object_source.ts";
import type { CollectedFile } from "./ranges_options.ts";
import { fetchRanges, RangesIgnoredError } from "./ranged_download.ts";

/** The version of the object that a file is made from. */
interface Version extends Omit<ObjectInfo, "key"> {
  /** Whether the size is what the service said, not just what has arrived. */
  isSized?: boolean;
}

/**
 * The gzip data is damaged, and neither an MD5 nor a second download confirms that it is
 * stored like that: bits can flip in transit.
 */
export class UnconfirmedDamageError extends IntegrityError {}

/** The download of one object to a file. */
export class FileDownload {
  readonly #source: ObjectSource;
  readonly #part: PartFile;
  readonly #options: CheckedFileOptions;
  readonly #ranging: Ranging;
  /** The SHA-256 of the damaged bytes of each download. */
  readonly #damaged: Set<string>;

  /** Prepares the download; requests nothing yet. */
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

  /** Downloads the file, and resumes what an earlier run has left. */
  async run(earlier: EarlierPart | undefined): Promise<DownloadedFile> {
    const { expectedSize } = this.#options;
    if (this.#isLarge(expectedSize ?? earlier?.size)) {
      const info = await this.#source.head();
      if (this.#isLarge(info.size) && info.etag !== "") {
        return await this.#inRanges(info, earlier);
      }
      earlier = undefined; // it is of another version
    }
    // Ranges may have left gaps.
    if (earlier?.rangeSize !== undefined) earlier = undefined;
    return await this.#inOne(earlier);
  }

  /**
   * Proves a file that was put together of ranges, and gives it its final name.
   *
   * @throws {ObjectChangedError} If the object is of another version now.
   * @throws {IntegrityError} If the file is not the object.
   */
  async prove({ etag, size }: CollectedFile): Promise<DownloadedFile> {
    const version = await this.#source.head();
    if (!sameEtag(version.etag, etag) || version.size !== size) {
      const { key } = this.#source;
      throw new ObjectChangedError(
        `Cannot put the pieces of '${key}' together: the object was replaced meanwhile`,
        { key },
      );
    }
    const proof = provingMd5(version);
    using md5 = proof === undefined ? undefined : new Md5();
    using checks = await this.#checks(version);
    await this.#readEarlier(size, [...hashing(md5), ...checks.taps]);
    this.#assertMd5(md5, proof, etag);
    return await this.#finish(checks, size, version);
  }

  #assertMd5(
    md5: Md5 | undefined,
    proof: string | undefined,
    etag: string,
  ): void {
    const sum = md5?.digest();
    if (sum === proof) return;
    const { key } = this.#source;
    throw new IntegrityError(
      `Cannot download '${key}': the MD5 of the bytes that arrived is ${sum}, and the ETag says ${etag}`,
      { key },
    );
  }

  #isLarge(size: number | undefined): boolean {
    return size !== undefined && size >= this.#ranging.threshold;
  }

  /** Downloads it as one stream. */
  async #inOne(earlier: EarlierPart | undefined): Promise<DownloadedFile> {
    const { bucket, key } = this.#source;
    const { onProgress, expectedSize } = this.#options;
    const part = this.#part;
    // Even if everything is there, the last byte is requested again: the answer says
    // whether the version is still the same.
    const start = Math.max(
      0,
      Math.min(earlier?.length ?? 0, (earlier?.size ?? 0) - 1),
    );
    const isResumed = earlier !== undefined && start > 0;
    using md5 = isResumed && provingMd5(earlier) ? new Md5() : undefined;
    using early = isResumed ? await this.#checks(earlier) : undefined;
    if (isResumed) {
      await part.begin(earlier, start);
      await this.#readEarlier(start, [
        ...hashing(md5),
        ...early?.taps ?? [],
      ]);
    }
    const body = await this.#source.open(
      isResumed ? { start, etag: earlier.etag, md5 } : {},
    );
    try {
      const { size, etag } = body.info;
      if (!isResumed) {
        if (this.#isLarge(size) && size && etag !== "") {
          body.cancel();
          return await this.#inRanges({ ...body.info, size }, undefined);
        }
        const record = size === undefined || etag === ""
          ? undefined
          : { bucket, key, etag, size };
        await part.begin(record, 0);
      }
      // If the object turns out to be encrypted, its ETag proves nothing.
      const isEnough = early?.content || provingMd5(body.info);
      using checks = early && isEnough ? early : await this.#checks(body.info);
      if (checks !== early) await this.#readEarlier(start, checks.taps);
      await passOn(body, [
        () => onProgress?.({ key, bytes: body.offset, size: body.info.size }),
        ...checks.taps,
        (bytes) => part.write(bytes),
      ]);
      return await this.#finish(checks, start, {
        ...body.info,
        size: body.offset,
        isSized: size !== undefined || body.offset === expectedSize,
      });
    } finally {
      body.cancel();
    }
  }

  /** Downloads it in ranges, several at once. */
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
    const proof = provingMd5(version);
    using md5 = proof === undefined ? undefined : new Md5();
    using checks = await this.#checks(version);
    try {
      await fetchRanges(this.#source, etag, ranges, part, {
        atOnce: this.#ranging.atOnce,
        signal,
        onBytes: () => onProgress?.({ key, bytes: ranges.bytesDone, size }),
        taps: [...hashing(md5), ...checks.taps],
      });
    } catch (error) {
      if (!(error instanceof RangesIgnoredError)) throw error;
      return await new FileDownload(
        this.#source,
        part,
        { ...this.#options, expectedSize: undefined },
        { ...this.#ranging, threshold: Infinity },
        this.#damaged,
      ).run(undefined);
    }
    this.#assertMd5(md5, proof, etag);
    return await this.#finish(checks, resumedFrom, version);
  }

  /** Passes the first bytes of the part file to taps. */
  async #readEarlier(length: number, taps: readonly Tap[]): Promise<void> {
    if (length === 0 || taps.length === 0) return;
    using reader = await this.#part.openReader(this.#options.signal);
    await passOn({ read: () => reader.read(length) }, taps);
  }

  #checks(
    version: Pick<Version, "etag" | "isEncrypted"> & {
      size?: number | undefined;
    },
  ): Promise<ByteChecks> {
    return ByteChecks.open(
      this.#source.key,
      version,
      this.#part,
      this.#options,
    );
  }

  /** Judges what has arrived, and gives the file its final name. */
  async #finish(
    checks: ByteChecks,
    resumedFrom: number,
    version: Version,
  ): Promise<DownloadedFile> {
    const { key } = this.#source;
    const { decompress, signal } = this.#options;
    const { size, etag, lastModified } = version;
    await checks.content?.end();
    const { isGzip = false, damage } = checks.content ?? {};
    if (damage !== undefined) {
      await this.#confirmDamage(version, damage);
      if (decompress) throw damagedAtSource(key, version, damage.fault);
    }
    const gzip = damage !== undefined
      ? "damaged"
      : isGzip
      ? "whole"
      : "unchecked";
    const path = damage === undefined
      ? this.#part.target
      : await this.#pathForDamaged();
    const rowIndex = await checks.rowIndex({ key, etag, size });
    const bytes = await this.#part.finish({
      path,
      isContent: decompress && isGzip,
      size,
      signal,
    });
    return {
      key,
      path,
      bytes,
      size,
      etag,
      lastModified,
      resumedFrom,
      ...(checks.sha256 && { sha256: checks.sha256.digest("hex") }),
      proof: proofOf(version, gzip),
      gzip,
      ...(damage && { gzipFault: damage.fault }),
      ...(rowIndex && { rowIndex }),
    };
  }

  /** Where bytes that are damaged at source go: they do not replace a whole file. */
  async #pathForDamaged(): Promise<string> {
    const { target } = this.#part;
    if (this.#options.replaceByDamaged || statFile(target) === undefined) {
      return target;
    }
    using reader = await openFileReader(target, this.#options.signal);
    using there = new Decompressor(this.#source.key);
    await passOn(reader, [(bytes) => there.write(bytes)]);
    await there.end();
    return there.damage === undefined ? target + DAMAGED_ENDING : target;
  }

  /**
   * Makes sure that damaged bytes are those that the service stores.
   *
   * @throws {UnconfirmedDamageError} If only a second download can tell.
   */
  async #confirmDamage(version: Version, damage: GzipError): Promise<void> {
    if (provingMd5(version) !== undefined) return;
    // It may have been truncated in transit, each time at the same byte.
    if (version.isSized === false) throw damage;
    await this.#part.flush();
    const sha256 = createHash("sha256");
    await this.#readEarlier(version.size, hashing(sha256));
    const sum = sha256.digest("hex");
    if (this.#damaged.has(sum)) return;
    this.#damaged.add(sum);
    const { key } = this.#source;
    throw new UnconfirmedDamageError(
      `Cannot download '${key}': its gzip data ${damage.fault}, and was not the same each time that it was downloaded`,
      { key },
    );
  }
}
