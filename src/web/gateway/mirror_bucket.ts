import { delay } from "@std/async/delay";
import {
  noSuchKey,
  type ObjectFacts,
  type ReadableBucket,
  S3Error,
  type StoredObject,
} from "../../service/mod.ts";
import type { Copies, FoundCopy } from "./copies.ts";
import type { FileIndex } from "./file_index.ts";
import { contentTypeOf, type ServedFile } from "./served_file.ts";

/** How often a file is looked up again that is just arriving, and the pause in milliseconds. */
const TRIES = 40;
const PAUSE_MS = 50;

/** What is said where something else is in a file's place. */
const STATES: Readonly<Record<"absent" | "changed" | "outside", string>> = {
  absent:
    "The file is not in the mirror any more: 'flatbed verify --repair' fetches it again.",
  changed:
    "The file has changed since it was fetched: 'flatbed verify --full --repair' finds out what it is.",
  outside: "Its path leads out of the mirror through a link.",
};

/** Reads a found file from `start` up to `end`. */
export type ReadCopy = (
  copy: FoundCopy,
  start: number,
  end: number,
) => Promise<ReadableStream<Uint8Array>>;

/** A mirror as a bucket. */
export class MirrorBucket implements ReadableBucket {
  readonly name: string;
  readonly #index: FileIndex;
  readonly #copies: Copies;
  readonly #read: ReadCopy;

  /** Reads nothing yet. */
  constructor(name: string, index: FileIndex, copies: Copies, read: ReadCopy) {
    this.name = name;
    this.#index = index;
    this.#copies = copies;
    this.#read = read;
  }

  *keysFrom(from: string, prefix: string): Generator<string> {
    this.#index.follow();
    const { keys } = this.#index;
    const start = from < prefix ? prefix : from;
    for (let at = lowerBound(keys, start); at < keys.length; at++) {
      const key = keys[at];
      if (key === undefined || !key.startsWith(prefix)) return;
      yield key;
    }
  }

  describe(key: string): ObjectFacts | undefined {
    const file = this.#index.get(key);
    if (file === undefined) return undefined;
    const state = this.#copies.state(file);
    return state === "whole" || state === "arriving"
      ? factsOf(file)
      : undefined;
  }

  async find(key: string): Promise<StoredObject> {
    this.#index.follow();
    const known = this.#index.get(key);
    let file: ServedFile | string | undefined = known;
    for (let tries = 1;; tries++) {
      // The manifest may know a newer version than the index.
      file ??= this.#index.ask(key);
      if (typeof file === "object") {
        const found = await this.#copies.find(file);
        if (typeof found === "object") return this.#objectOf(file, found);
        if (tries > 1 && found !== "arriving") {
          throw noSuchKey(key, STATES[found]);
        }
      } else if (
        // One that is replaced has no entry between its renaming and its noting.
        known === undefined || this.#copies.state(known) !== "arriving"
      ) {
        throw noSuchKey(key, file);
      }
      if (tries === TRIES) throw unavailable(key);
      if (tries > 1) await delay(PAUSE_MS);
      file = undefined;
    }
  }

  #objectOf(file: ServedFile, copy: FoundCopy): StoredObject {
    return {
      ...factsOf(file),
      contentType: contentTypeOf(file.key),
      read: (start, end) => this.#read(copy, start, end),
    };
  }
}

function factsOf({ bytes, etag, lastModified }: ServedFile): ObjectFacts {
  return { size: bytes, etag, lastModified };
}

function unavailable(key: string): S3Error {
  return new S3Error(
    503,
    "ServiceUnavailable",
    "The file is just being replaced by a newer version. Please try again.",
    { fields: { Key: key }, headers: { "retry-after": "1" } },
  );
}

/** The first place whose key does not come before `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? "") >= key) high = middle;
    else low = middle + 1;
  }
  return low;
}
