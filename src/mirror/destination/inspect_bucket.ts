import { asError, IntegrityError } from "../../base/mod.ts";
import { STATE_FOLDER } from "../state_folder.ts";
import type { Bucket } from "./bucket.ts";
import { type BucketConditions, probeConditions } from "./bucket_conditions.ts";
import { UploadRecords } from "./upload_record.ts";

/** What a mirror may do in a bucket: for each thing why not, or `undefined` where it may. */
export interface BucketReport {
  /** Listing the objects below the prefix. */
  list: Error | undefined;
  /** Putting an object. */
  write: Error | undefined;
  /** Reading it again. */
  read: Error | undefined;
  /** Uploading in parts, and giving that up. */
  multipart: Error | undefined;
  /** Removing it. */
  remove: Error | undefined;
  /** Which conditions the bucket knows; `undefined` where nothing could be written. */
  conditions: BucketConditions | undefined;
  /** The uploads in parts that have not ended, or why they cannot be listed. */
  uploads: readonly UnfinishedUpload[] | Error;
  /** Whether uploads are listed by a prefix: MinIO lists those of a whole key only. */
  findsUploads: boolean;
}

/** An upload in parts that has not ended: its parts take space. */
export interface UnfinishedUpload {
  /** Its path in the mirror. */
  path: string;
  /** When it was begun, if the bucket says so. */
  begun: Date | undefined;
  /** How many bytes are stored of it, where that was looked up. */
  bytes: number | undefined;
  /** Whether a sync goes on with it: it is on record. */
  isKnown: boolean;
}

/** What is written, and read again. */
const CONTENT = new TextEncoder().encode(
  "Flatbed tries what it may do here.\n",
);
/** Of so many uploads the parts are counted. */
const MOST_COUNTED = 100;

/**
 * Tries what a mirror needs of its bucket, with an object of a name of its own, which is
 * removed again.
 *
 * @param bucket The bucket.
 * @param signal Ends it.
 * @returns What was found.
 * @throws {unknown} The signal's reason, if it is aborted.
 */
export async function inspectBucket(
  bucket: Bucket,
  signal: AbortSignal,
): Promise<BucketReport> {
  const path = `${STATE_FOLDER}/doctor/${crypto.randomUUID()}`;
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return asError(error);
    }
  };
  const list = await attempt(async () => {
    for await (const _ of bucket.list(`${STATE_FOLDER}/`, { signal })) break;
  });
  const report: BucketReport = {
    ...{ list, read: list, multipart: list, remove: list },
    write: list ?? await attempt(() => bucket.put(path, CONTENT, { signal })),
    conditions: undefined,
    uploads: [],
    findsUploads: true,
  };
  if (report.write !== undefined) return report;
  try {
    report.read = await attempt(async () => {
      const text = new TextDecoder().decode(
        (await bucket.get(path, { signal }))?.bytes,
      );
      if (text === new TextDecoder().decode(CONTENT)) return;
      throw new IntegrityError(
        `Cannot read '${bucket.location}/${path}': it is not what was written just now`,
      );
    });
    report.multipart = await attempt(async () => {
      report.findsUploads = await tryParts(bucket, path, signal);
    });
    await attempt(async () => {
      report.conditions = await probeConditions(bucket, signal, path);
    });
  } finally {
    report.remove = await attempt(() => bucket.remove(path));
  }
  try {
    report.uploads = await unfinishedUploads(bucket, signal);
  } catch (error) {
    signal.throwIfAborted();
    report.uploads = asError(error);
  }
  return report;
}

/** Tries uploads in parts, and whether one is found by the beginning of its key. */
async function tryParts(
  bucket: Bucket,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  let isFound = true;
  const requests = await bucket.store.putRequests(
    bucket.name,
    bucket.key(path),
  );
  for (const isCompleted of [true, false]) {
    const id = await requests.begin(signal);
    let isOpen = true;
    try {
      const part = { number: 1, bytes: CONTENT };
      const stored = await requests.putPart(id, part, signal);
      await requests.listParts(id, signal);
      if (isCompleted) {
        await requests.complete(id, [stored], signal);
        isOpen = false;
      } else isFound = await isListed(bucket, path.slice(0, -1), id, signal);
    } finally {
      if (isOpen) await requests.abort(id, signal.aborted);
    }
  }
  return isFound;
}

/** Whether an upload is listed; `true` where none can be. */
async function isListed(
  bucket: Bucket,
  start: string,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { name, store } = bucket;
    const from = bucket.key(start);
    for await (const upload of store.openUploads(name, from, { signal })) {
      if (upload.id === id) return true;
    }
    return false;
  } catch {
    signal.throwIfAborted();
    return true; // listing all of them will say why not
  }
}

async function unfinishedUploads(
  bucket: Bucket,
  signal: AbortSignal,
): Promise<UnfinishedUpload[]> {
  const { name, prefix, store } = bucket;
  const records = new UploadRecords(bucket);
  const found: UnfinishedUpload[] = [];
  const all = store.openUploads(name, prefix, { signal });
  for await (const { key, id, begun } of all) {
    // Not every service looks at the prefix.
    if (!key.startsWith(prefix)) continue;
    const path = key.slice(prefix.length);
    let bytes: number | undefined;
    if (found.length < MOST_COUNTED) {
      const requests = await store.putRequests(name, key);
      const parts = await requests.listParts(id, signal);
      bytes = parts.reduce((sum, { size }) => sum + size, 0);
    }
    const isKnown = (await records.read(path, signal))?.id === id;
    found.push({ path, begun, bytes, isKnown });
  }
  return found;
}
