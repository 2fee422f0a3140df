import type { GzipPosition } from "../../gzip/mod.ts";
import type { SavedMd5 } from "../../store/mod.ts";
import { STATE_FOLDER } from "../state_folder.ts";
import type { Bucket } from "./bucket.ts";

/** What the checks of an object's first parts come to. */
export interface SavedChecks {
  /** How many parts. */
  parts: number;
  md5: SavedMd5;
  /** From where inflating goes on: at a byte of these parts. */
  gzip: GzipPosition;
}

/** What is known of an upload in parts that has not ended. */
export interface UploadRecord {
  /** The upload's id. */
  id: string;
  /** The ETag of the version that is put, its size and that of its parts in bytes. */
  etag: string;
  size: number;
  partSize: number;
  /** What its checks come to so far, if they can be gone on with. */
  checks?: SavedChecks | undefined;
}

/** What the paths of the records begin with. */
const FOLDER = `${STATE_FOLDER}/uploads/`;
const ENDING = ".json";
/** The format of a record. */
const VERSION = 1;
/** After so long without a sign of life, an upload is no longer under way, in milliseconds. */
const SIGN_OF_LIFE_MS = 5 * 60_000;

/**
 * The records of uploads in parts that have not ended: an object of the mirror's own for
 * each. Not every service lists uploads by a prefix, and none keeps the state of MD5.
 */
export class UploadRecords {
  readonly #bucket: Bucket;

  /** Asks nothing yet. */
  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** The record of a path; `undefined` if there is none, or none that can be used. */
  async read(
    path: string,
    signal?: AbortSignal,
  ): Promise<UploadRecord | undefined> {
    const found = await this.#bucket.get(pathOf(path), { signal });
    return found && parse(new TextDecoder().decode(found.bytes));
  }

  /** Writes the record of a path, in place of the one before. */
  async write(
    path: string,
    record: UploadRecord,
    signal?: AbortSignal,
  ): Promise<void> {
    const { checks } = record;
    const text = JSON.stringify({
      version: VERSION,
      ...record,
      ...checks && {
        checks: {
          ...checks,
          gzip: { ...checks.gzip, window: checks.gzip.window.toBase64() },
        },
      },
    });
    await this.#bucket.put(pathOf(path), new TextEncoder().encode(text), {
      contentType: "application/json",
      signal,
    });
  }

  /** Removes the record of a path. */
  async remove(path: string): Promise<void> {
    await this.#bucket.remove(pathOf(path));
  }

  /** Whether there was a sign of life of an upload not long ago. */
  async isAlive(path: string): Promise<boolean> {
    const { lastModified } = await this.#bucket.stat(pathOf(path)) ?? {};
    return lastModified !== undefined &&
      Date.now() - lastModified.getTime() < SIGN_OF_LIFE_MS;
  }

  /** The paths that have a record, below a folder. */
  async *list(start: string): AsyncGenerator<{ path: string; of: string }> {
    for await (const { key } of this.#bucket.list(FOLDER + start)) {
      if (!key.endsWith(ENDING)) continue;
      yield { path: key, of: key.slice(FOLDER.length, -ENDING.length) };
    }
  }
}

function pathOf(path: string): string {
  return FOLDER + path + ENDING;
}

/** Reads a record. What another version has written is as good as none. */
function parse(text: string): UploadRecord | undefined {
  try {
    const { version, id, etag, size, partSize, checks } = JSON.parse(text);
    const isRecord = version === VERSION && typeof id === "string" &&
      typeof etag === "string" && Number.isSafeInteger(size) &&
      Number.isSafeInteger(partSize) && partSize > 0;
    if (!isRecord) return undefined;
    const record = { id, etag, size, partSize };
    if (checks === undefined) return record;
    const { parts, md5, gzip } = checks;
    const length = parts * partSize;
    const fits = Number.isSafeInteger(parts) && length < size &&
      md5.length === length && gzip.bit / 8 <= length;
    if (!fits) return record;
    const window = Uint8Array.fromBase64(gzip.window);
    return {
      ...record,
      checks: { parts, md5, gzip: { ...gzip, window } },
    };
  } catch {
    return undefined;
  }
}
