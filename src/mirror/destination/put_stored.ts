import { createHash } from "node:crypto";
import {
  forEach,
  formatDifferentBytes,
  IntegrityError,
  type LinkedSignal,
  linkSignals,
  ObjectChangedError,
  ServiceError,
  TransferError,
} from "../../base/mod.ts";
import type { StoredBytes } from "../../download/mod.ts";
import {
  isNoUpload,
  type ListedPart,
  partSizeOf,
  proofOf,
  provingMd5,
  type PutRequests,
  ResumableBody,
  sameEtag,
  type StoredPart,
} from "../../store/mod.ts";
import type { Bucket } from "./bucket.ts";
import type { BucketConditions } from "./bucket_conditions.ts";
import {
  copyMetadata,
  ETAG_METADATA,
  SHA256_METADATA,
} from "./copy_metadata.ts";
import { conditionOf } from "./put_condition.ts";
import type { CopyOptions, PutCopy, SourceObject } from "./put_copy.ts";
import {
  TransferChecks,
  type TransferFindings,
  type WholeFindings,
} from "./transfer_checks.ts";
import type { MemoryLease, TransferMemory } from "./transfer_memory.ts";
import type {
  SavedChecks,
  UploadRecord,
  UploadRecords,
} from "./upload_record.ts";

/** What puts into a bucket have in common. */
export interface PutContext {
  readonly bucket: Bucket;
  readonly memory: TransferMemory;
  readonly records: UploadRecords;
  /** The size of a part in bytes, at least. */
  readonly partSize: number;
  /** How large an object is at most that is put with one request, in bytes. */
  readonly inOneUpTo: number;
  /** How many parts of an object are under way at once, at most. */
  readonly partsAtOnce: number;
  /** From which size on the state of the checks is saved, in bytes. */
  readonly savesFrom: number;
  /** After how many bytes it is saved, at least. */
  readonly saveEvery: number;
  /** Which conditions the bucket knows. */
  conditions(signal?: AbortSignal): Promise<BucketConditions>;
}

/** The version of an object that is put. */
interface Version {
  key: string;
  size: number;
  etag: string;
  lastModified: Date | undefined;
  isEncrypted?: boolean;
}

/** What was put, but for when. */
export type PutObject = Omit<PutCopy, "mtime">;

/** The object has no ETag that names its version, or the service knows no ranges. */
export class NotInPartsError extends Error {}

/**
 * Puts the stored bytes of an object into a bucket, through memory: with one request where
 * it is small, and in parts otherwise. They are complete under their key when all
 * of them are proven, and not before.
 *
 * @throws {NotInPartsError} If it can only be fetched as one stream.
 */
export async function putStored(
  context: PutContext,
  object: SourceObject,
  path: string,
  options: CopyOptions,
): Promise<PutObject> {
  const put = new StoredPut(context, object, path, options);
  try {
    return await put.run();
  } catch (error) {
    // The other version, or bytes that had arrived damaged: once more from the beginning.
    // Or the upload was aborted by another program.
    const isWorthIt = error instanceof ObjectChangedError && put.hasVersion ||
      error instanceof IntegrityError && put.isResumed || isNoUpload(error);
    if (!isWorthIt) throw error;
    const again = { ...options, expectedSize: undefined };
    try {
      return await new StoredPut(context, object, path, again).run();
    } catch (error) {
      if (!isNoUpload(error)) throw error;
      // As it is, it would say that the service has no such object.
      throw new ObjectChangedError(
        `Cannot upload '${context.bucket.location}/${path}': another program has ended the upload twice`,
        { key: object.key, cause: error },
      );
    }
  }
}

/** One put of an object. */
class StoredPut {
  readonly #context: PutContext;
  readonly #object: SourceObject;
  readonly #path: string;
  readonly #options: CopyOptions;
  /** Whether the source's version was known when it failed. */
  hasVersion = false;
  /** Whether it went on where another put had ended. */
  isResumed = false;
  /** That there is no such upload any more: another process has completed or aborted it. */
  #noUpload: unknown;

  constructor(
    context: PutContext,
    object: SourceObject,
    path: string,
    options: CopyOptions,
  ) {
    this.#context = context;
    this.#object = object;
    this.#path = path;
    this.#options = options;
  }

  async run(): Promise<PutObject> {
    const { records, inOneUpTo } = this.#context;
    const { expectedSize, signal } = this.#options;
    if (expectedSize !== undefined && expectedSize <= inOneUpTo) {
      return await this.#inOne(expectedSize);
    }
    const { downloader, bucket, key } = this.#object;
    const [version, record] = await Promise.all([
      downloader.getObjectInfo(bucket, key, { signal }),
      records.read(this.#path, signal),
    ]);
    if (version.etag === "") throw new NotInPartsError();
    this.hasVersion = true;
    if (record !== undefined) {
      const isSame = version.size === record.size &&
        sameEtag(version.etag, record.etag);
      if (isSame) return await this.#inParts(version, record);
      await this.#giveUp(record.id); // it is of another version
    }
    return version.size <= inOneUpTo
      ? await this.#inOne(version.size)
      : await this.#inParts(version, undefined);
  }

  /** Puts an object with one request. */
  async #inOne(expectedSize: number): Promise<PutObject> {
    const { downloader, bucket: from, key } = this.#object;
    const { memory, bucket } = this.#context;
    const { signal, onProgress } = this.#options;
    // Before the connection: who has that must not wait for memory.
    const lease = await memory.take(expectedSize, signal);
    try {
      let version: Version;
      {
        using body = await downloader.openStored(from, key, { signal });
        const { size = expectedSize, etag } = body.info;
        if (etag === "") throw new NotInPartsError();
        version = { ...body.info, size };
        this.hasVersion = true;
        if (size !== expectedSize) {
          throw new ObjectChangedError(
            `Cannot download '${key}': the object changed since it was listed`,
            { key },
          );
        }
        await readInto(
          body,
          lease.bytes,
          0,
          version,
          (bytes) => onProgress?.({ key, bytes, size }),
        );
      }
      using checks = this.#checks(version, false, undefined);
      await checks.write(lease.bytes);
      const findings = asWhole(await this.#prove(version, checks));
      const condition = await conditionOf(
        this.#context,
        this.#path,
        this.#options,
      );
      await this.#unlessThere(version, findings, async () => {
        await bucket.put(this.#path, lease.bytes, {
          ...condition,
          metadata: copyMetadata(version, findings),
          // In one request, whatever the parts are.
          partSize: Math.max(this.#context.partSize, version.size),
          signal,
        });
      });
      return this.#toCopy(version, findings, 0);
    } finally {
      lease.release();
    }
  }

  /** Puts an object in parts, and goes on with what an earlier put has left. */
  async #inParts(
    version: Version,
    record: UploadRecord | undefined,
  ): Promise<PutObject> {
    const { bucket, records, savesFrom } = this.#context;
    const { signal } = this.#options;
    const { size, etag } = version;
    this.hasVersion = true;
    const requests = await bucket.store.putRequests(
      bucket.name,
      bucket.key(this.#path),
      {
        ...await conditionOf(this.#context, this.#path, this.#options),
        metadata: copyMetadata(version),
      },
    );
    using link = linkSignals(signal);
    const there = record && await findParts(requests, record.id, link.signal);
    const partSize = there === undefined
      ? partSizeOf(1, this.#context.partSize, size)
      : record?.partSize ?? this.#context.partSize;
    const own: UploadRecord = there !== undefined && record !== undefined
      ? record
      : { id: await requests.begin(link.signal), etag, size, partSize };
    const parts = new PartList(own, there ?? []);
    const saved = parts.canSkip(own.checks) ? own.checks : undefined;
    this.isResumed = parts.bytesThere > 0;
    await records.write(this.#path, { ...own, checks: saved }, signal);
    using checks = this.#checks(version, size >= savesFrom, saved);
    const resumedFrom = parts.bytesThere;
    let findings: TransferFindings;
    try {
      await this.#sendParts(version, own, parts, requests, checks, saved, link);
      findings = await this.#prove(version, checks);
    } catch (error) {
      const isOfNoUse = error instanceof IntegrityError ||
        error instanceof NotInPartsError;
      if (isOfNoUse) await this.#giveUp(own.id, requests);
      throw error;
    }
    /** The ETag of what this put has made; `undefined` where another writer has. */
    let made: string | undefined;
    await this.#unlessThere(version, findings, async () => {
      try {
        if (this.#noUpload !== undefined) throw this.#noUpload;
        made = await this.#complete(requests, own.id, parts.all(), link.signal);
      } catch (error) {
        // Otherwise its parts take space that nobody sees.
        if (error instanceof ObjectChangedError) {
          await this.#giveUp(own.id, requests);
        }
        throw error;
      }
    });
    await records.remove(this.#path);
    const whole = saved === undefined
      ? asWhole(findings)
      : await this.#readBack(version, findings, made);
    return this.#toCopy(version, whole, resumedFrom);
  }

  /**
   * Reads an object from the bucket, of which not all bytes have passed in this process, for
   * its SHA-256 and its index. It also proves the parts that another process has sent.
   *
   * @throws {IntegrityError} If the bucket has other bytes than were proven; they are removed.
   */
  async #readBack(
    version: Version,
    { md5 }: TransferFindings,
    made: string | undefined,
  ): Promise<WholeFindings> {
    const { bucket } = this.#context;
    const { signal } = this.#options;
    using checks = this.#checks(version, false, undefined);
    const body = await ResumableBody.open(
      bucket.store,
      bucket.name,
      bucket.key(this.#path),
      { signal },
    );
    try {
      for (let bytes; (bytes = await body.read()) !== null;) {
        await checks.write(bytes);
      }
    } finally {
      body.cancel();
    }
    const findings = await checks.end();
    if (findings.md5 === md5) return asWhole(findings);
    // What another writer has put there meanwhile is not this one's to remove.
    this.hasVersion = this.isResumed = false; // the source is not the reason
    if (made === undefined || !sameEtag(body.info.etag, made)) {
      throw this.#replacedMeanwhile(version);
    }
    await bucket.remove(this.#path);
    throw new IntegrityError(
      `Cannot upload '${bucket.location}/${this.#path}': the bucket has other bytes than those that were sent, and the object was removed: the next run sends it anew`,
      { key: version.key },
    );
  }

  #replacedMeanwhile({ key }: Version, cause?: unknown): ObjectChangedError {
    const { location } = this.#context.bucket;
    return new ObjectChangedError(
      `Cannot upload '${location}/${this.#path}': another writer has put, replaced or removed it meanwhile, and its version stays`,
      { key, cause },
    );
  }

  /** Fetches, checks and sends the parts that are left, several at once. */
  async #sendParts(
    version: Version,
    record: UploadRecord,
    parts: PartList,
    requests: PutRequests,
    checks: TransferChecks,
    saved: SavedChecks | undefined,
    { signal, abort }: LinkedSignal,
  ): Promise<void> {
    const { memory, partsAtOnce } = this.#context;
    const { onProgress } = this.#options;
    const { key, size } = version;
    const skipped = saved?.parts ?? 0;
    let fetched = skipped * record.partSize;
    if (saved !== undefined) {
      await this.#inflateBetween(version, saved, fetched, checks, signal);
    }
    const saver = new ChecksSaver(
      (checks) => this.#save({ ...record, checks }),
      Math.max(1, Math.ceil(this.#context.saveEvery / record.partSize)),
      skipped,
      parts,
    );
    /** Aborted with the first failure: no further part is begun. Those under way need not be done again. */
    using begin = linkSignals(signal);
    const leases = new Set<MemoryLease>();
    /** Resolves when all parts before the next one have been checked. */
    let turn: Promise<void> = Promise.resolve();
    const pieces = async function* () {
      for (let number = skipped + 1; number <= parts.count; number++) {
        const length = parts.sizeOf(number);
        // Memory is taken in the order of parts: the next one to be checked has it.
        const lease = await memory.take(length, begin.signal);
        leases.add(lease);
        const before = turn;
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        promise.catch(() => {}); // its part tells
        turn = promise;
        yield { number, lease, before, resolve, reject };
      }
    };
    try {
      await forEach(
        pieces(),
        partsAtOnce,
        async ({ number, lease, before, resolve, reject }) => {
          try {
            const start = (number - 1) * record.partSize;
            let done = 0;
            await this.#fetch(version, start, lease, signal, (bytes) => {
              fetched += bytes - done;
              done = bytes;
              onProgress?.({ key, bytes: fetched, size });
            });
            const check = async () => {
              await before;
              const isSaved = checks.isSavable && saver.wants(number);
              await checks.write(lease.bytes, isSaved);
              if (isSaved) saver.checked(number, checks);
              resolve();
            };
            const send = () =>
              this.#send(number, lease, record, parts, requests, signal)
                .catch((error) => {
                  abort(error); // what is fetched could not be sent, either
                  throw error;
                });
            await forEach([check, send], 2, (work) => work());
            await saver.stored();
          } catch (error) {
            reject(error);
            begin.abort(error);
            // Otherwise parts that arrive whole are still sent.
            const isOfNoUse = error instanceof ObjectChangedError ||
              error instanceof IntegrityError ||
              error instanceof NotInPartsError;
            if (isOfNoUse) abort(error);
            throw error;
          } finally {
            lease.release();
            leases.delete(lease);
          }
        },
        signal,
      );
    } catch (error) {
      // What has been checked need not be fetched again.
      if (!(error instanceof IntegrityError)) {
        await saver.flush().catch(() => {});
      }
      throw error;
    } finally {
      for (const lease of leases) lease.release();
    }
  }

  /** Fetches what lies between the byte from which inflating goes on, and the first part. */
  async #inflateBetween(
    version: Version,
    { gzip }: SavedChecks,
    end: number,
    checks: TransferChecks,
    signal: AbortSignal,
  ): Promise<void> {
    const { downloader, bucket } = this.#object;
    const { key, etag } = version;
    const start = Math.floor(gzip.bit / 8);
    if (start === end) return;
    using body = await downloader.openStored(bucket, key, {
      ...{ start, end, etag, signal },
    });
    for (let bytes; (bytes = await body.read()) !== null;) {
      await checks.inflate(bytes);
    }
  }

  /** Fetches a part into its memory. */
  async #fetch(
    version: Version,
    start: number,
    { bytes }: MemoryLease,
    signal: AbortSignal,
    onBytes: (bytes: number) => void,
  ): Promise<void> {
    const { downloader, bucket } = this.#object;
    const { key, etag } = version;
    const end = start + bytes.length;
    using body = await downloader.openStored(bucket, key, {
      ...{ start, end, etag, signal },
    });
    if (body.startsAt !== start) throw new NotInPartsError();
    await readInto(body, bytes, start, version, onBytes);
  }

  /** Sends a part, unless the bucket has its very bytes. */
  async #send(
    number: number,
    { bytes }: MemoryLease,
    { id }: UploadRecord,
    parts: PartList,
    requests: PutRequests,
    signal: AbortSignal,
  ): Promise<void> {
    const there = parts.listed(number);
    if (there !== undefined) {
      const md5 = createHash("md5").update(bytes).digest("hex");
      if (sameEtag(there.etag, md5)) return parts.note(there);
    }
    if (this.#noUpload !== undefined) return;
    try {
      parts.note(await requests.putPart(id, { number, bytes }, signal));
    } catch (error) {
      if (!isNoUpload(error)) throw error;
      // Who has completed it may have put this version: what it comes to is found out all the same.
      this.#noUpload = error;
    }
  }

  #checks(
    version: Version,
    isSavable: boolean,
    saved: SavedChecks | undefined,
  ): TransferChecks {
    const { trustEtag = false, rowIndex = false } = this.#options;
    return new TransferChecks({
      object: version,
      ...{ trustEtag, rowIndex, isSavable, saved },
    });
  }

  /**
   * What the bytes came to.
   *
   * @throws {IntegrityError} If they are not the object's.
   */
  async #prove(
    version: Version,
    checks: TransferChecks,
  ): Promise<TransferFindings> {
    const { key, etag } = version;
    const findings = await checks.end();
    const md5 = provingMd5(version);
    if (md5 !== undefined && md5 !== findings.md5) {
      throw new IntegrityError(
        `Cannot download '${key}': the MD5 of the bytes that arrived is ${findings.md5}, and the ETag says ${etag}`,
        { key },
      );
    }
    if (findings.damage !== undefined && md5 === undefined) {
      await this.#confirmDamage(version, findings);
    }
    return findings;
  }

  /** Makes sure that damaged bytes are those that the service stores: bits can flip in transit. */
  async #confirmDamage(
    { key, etag, size }: Version,
    { md5, damage }: TransferFindings,
  ): Promise<void> {
    const { downloader, bucket } = this.#object;
    const { signal } = this.#options;
    const again = createHash("md5");
    using body = await downloader.openStored(bucket, key, {
      ...{ start: 0, end: size, etag, signal },
    });
    for (let bytes; (bytes = await body.read()) !== null;) again.update(bytes);
    if (again.digest("hex") === md5) return;
    throw new IntegrityError(
      `Cannot download '${key}': its gzip data ${damage?.fault}, and was not the same each time that it was downloaded`,
      { key },
    );
  }

  /**
   * Makes the object. If that fails since another writer has put the same version
   * meanwhile, that is as good.
   */
  async #unlessThere(
    version: Version,
    { sha256, md5 }: TransferFindings,
    make: () => Promise<void>,
  ): Promise<void> {
    try {
      await make();
    } catch (error) {
      const mayBeThere = error instanceof ObjectChangedError ||
        isNoUpload(error);
      if (!mayBeThere) throw error;
      const { bucket } = this.#context;
      const there = await bucket.stat(this.#path).catch(() => undefined);
      const { metadata = {} } = there ?? {};
      const isSame = there?.size === version.size &&
        (sameEtag(there.etag, md5) ||
          sha256 !== undefined && metadata[SHA256_METADATA] === sha256 ||
          sameEtag(metadata[ETAG_METADATA] ?? "", version.etag));
      if (isSame) return;
      this.hasVersion = false; // the source is not the reason
      throw error instanceof ObjectChangedError
        ? this.#replacedMeanwhile(version, error)
        : error;
    }
  }

  /** Makes the object of its parts, under its condition where the bucket knows that here, too. */
  async #complete(
    requests: PutRequests,
    id: string,
    parts: readonly StoredPart[],
    signal: AbortSignal,
  ): Promise<string> {
    try {
      return await requests.complete(id, parts, signal);
    } catch (error) {
      const isUnknown = error instanceof ServiceError && error.status === 501;
      if (!isUnknown) throw error;
      const { bucket } = this.#context;
      const key = bucket.key(this.#path);
      const plain = await bucket.store.putRequests(bucket.name, key);
      return await plain.complete(id, parts, signal);
    }
  }

  /** Deletes the parts of an upload, and its record. */
  async #giveUp(id: string, requests?: PutRequests): Promise<void> {
    const { bucket, records } = this.#context;
    const of = requests ??
      await bucket.store.putRequests(bucket.name, bucket.key(this.#path));
    await of.abort(id, this.#options.signal?.aborted === true);
    await records.remove(this.#path);
  }

  async #save(record: UploadRecord): Promise<void> {
    await this.#context.records.write(this.#path, record);
  }

  #toCopy(
    version: Version,
    { sha256, gzip, damage, rowIndex }: WholeFindings,
    resumedFrom: number,
  ): PutObject {
    const { size, etag, lastModified } = version;
    return {
      bytes: size,
      size,
      etag,
      lastModified,
      resumedFrom,
      sha256,
      proof: proofOf(version, gzip),
      gzip,
      ...(damage && { gzipFault: damage.fault }),
      ...(rowIndex && { rowIndex }),
    };
  }
}

/** Findings of which SHA-256 has seen all bytes. */
function asWhole({ sha256, ...findings }: TransferFindings): WholeFindings {
  if (sha256 === undefined) throw new Error("not all bytes have passed");
  return { ...findings, sha256 };
}

/** The parts of an upload: which of them the bucket has. */
class PartList {
  readonly count: number;
  readonly #record: UploadRecord;
  readonly #listed: ReadonlyMap<number, ListedPart>;
  readonly #stored: StoredPart[] = [];
  /** How many of the first parts are stored. */
  #first = 0;

  constructor(record: UploadRecord, listed: readonly ListedPart[]) {
    this.#record = record;
    this.count = Math.ceil(record.size / record.partSize);
    this.#listed = new Map(
      listed.filter(({ number, size }) => size === this.sizeOf(number))
        .map((part) => [part.number, part]),
    );
  }

  sizeOf(number: number): number {
    const { size, partSize } = this.#record;
    return Math.min(partSize, size - (number - 1) * partSize);
  }

  /** How many bytes the bucket had in the beginning. */
  get bytesThere(): number {
    return this.#listed.values().reduce((sum, { size }) => sum + size, 0);
  }

  /** A part that the bucket had in the beginning. */
  listed(number: number): ListedPart | undefined {
    return this.#listed.get(number);
  }

  /** Whether all parts that the checks are of are there; then they are taken as they are. */
  canSkip(checks: SavedChecks | undefined): boolean {
    if (checks === undefined) return false;
    const parts: StoredPart[] = [];
    for (let number = 1; number <= checks.parts; number++) {
      const part = this.#listed.get(number);
      if (part === undefined) return false;
      parts.push(part);
    }
    parts.forEach((part) => this.note(part));
    return true;
  }

  note(part: StoredPart): void {
    this.#stored[part.number - 1] = part;
    while (this.#stored[this.#first] !== undefined) this.#first++;
  }

  /** How many of the first parts the bucket has by now. */
  get first(): number {
    return this.#first;
  }

  all(): StoredPart[] {
    return this.#stored;
  }
}

/** Saves what the checks come to, when the bucket has all parts that they are of. */
class ChecksSaver {
  readonly #write: (checks: SavedChecks) => Promise<void>;
  readonly #distance: number;
  readonly #parts: PartList;
  /** What was checked and not saved, the earliest first. */
  #pending: SavedChecks[] = [];
  /** Of how many parts the last one is that was kept, or saved. */
  #kept: number;
  #saving: Promise<void> | undefined;

  constructor(
    write: (checks: SavedChecks) => Promise<void>,
    distance: number,
    first: number,
    parts: PartList,
  ) {
    this.#write = write;
    this.#distance = distance;
    this.#kept = first;
    this.#parts = parts;
  }

  /** Whether what the checks come to is to be saved behind a part. */
  wants(number: number): boolean {
    return number - this.#kept >= this.#distance &&
      number < this.#parts.count;
  }

  /** To be called behind each such part, when it was checked. */
  checked(number: number, checks: TransferChecks): void {
    const saved = checks.save(number);
    if (saved === undefined) return;
    this.#kept = number;
    this.#pending.push(saved);
  }

  /** To be called behind each part that was stored. */
  async stored(): Promise<void> {
    if (this.#saving !== undefined) return;
    const next = this.#pending.findLast(({ parts }) =>
      parts <= this.#parts.first
    );
    if (next === undefined) return;
    this.#pending = this.#pending.filter(({ parts }) => parts > next.parts);
    this.#saving = this.#write(next).finally(() => this.#saving = undefined);
    await this.#saving;
  }

  /** Saves what can be saved, and waits for it. */
  async flush(): Promise<void> {
    await this.#saving?.catch(() => {});
    await this.stored();
  }
}

/** The parts of an upload that was begun earlier; `undefined` if it has ended. */
async function findParts(
  requests: PutRequests,
  id: string,
  signal: AbortSignal,
): Promise<ListedPart[] | undefined> {
  try {
    return await requests.listParts(id, signal);
  } catch (error) {
    if (!isNoUpload(error)) throw error;
  }
}

/**
 * Reads bytes into memory, which they must fill.
 *
 * @throws {TransferError} If there are fewer or more.
 */
async function readInto(
  body: StoredBytes,
  target: Uint8Array,
  start: number,
  { key, etag }: Version,
  onBytes: (bytes: number) => void,
): Promise<void> {
  // A service may support ranges without supporting If-Match.
  if (!sameEtag(body.info.etag, etag)) {
    throw new ObjectChangedError(
      `Cannot download '${key}': the object changed while it was read`,
      { key },
    );
  }
  let at = 0;
  for (let bytes; (bytes = await body.read()) !== null;) {
    if (at + bytes.length <= target.length) target.set(bytes, at);
    at += bytes.length;
    onBytes(at);
  }
  if (at === target.length) return;
  const [arrived, asked] = formatDifferentBytes(at, target.length);
  throw new TransferError(
    `Cannot download '${key}': ${arrived} arrived instead of ${asked} from byte ${start} on`,
    { key },
  );
}
