import { createHash } from "node:crypto";
import { assertString, wrongValue } from "../../base/mod.ts";
import { toLayout } from "../../catalog/mod.ts";
import type { StoredObject } from "../../service/mod.ts";
import type { StaticObject } from "./static_object.ts";

const OTHER_VERSION = new TextEncoder().encode("Another version.\n");

/**
 * What differs between the bucket and the generated files: objects that were added
 * or replaced, and generated ones that were deleted. It may be changed while the
 * service runs. Keys are taken under both names of the options root.
 */
export class DemoObjects {
  readonly #added = new Map<string, StoredObject & { source: StaticObject }>();
  readonly #deleted = new Set<string>();
  #sortedKeys: string[] | undefined;
  readonly #now: () => Date;

  /** Makes a list of objects. */
  constructor(
    objects: Iterable<readonly [key: string, object: StaticObject]>,
    now: () => Date,
  ) {
    this.#now = now;
    for (const [key, object] of objects) this.set(key, object);
  }

  /** How many objects were added. */
  get size(): number {
    return this.#added.size;
  }

  /**
   * Adds an object, in the place of another one with this key where there is one.
   *
   * @throws {TypeError} If the key is no string that can be a key.
   */
  set(key: string, object: StaticObject): this {
    assertString(key, "key");
    if (key === "") throw wrongValue("key", "a string that is not empty", key);
    const name = toLayout(key, "live");
    this.#deleted.delete(name);
    this.#added.set(name, {
      ...toStored(name, object, this.#now()),
      source: object,
    });
    this.#sortedKeys = undefined;
    return this;
  }

  /** The object that was added under a key. */
  get(key: string): StaticObject | undefined {
    return this.#added.get(toLayout(key, "live"))?.source;
  }

  /** Whether an object was added under a key. */
  has(key: string): boolean {
    return this.#added.has(toLayout(key, "live"));
  }

  /** Takes an object out of the bucket, an added one or a generated one. */
  delete(key: string): boolean {
    const name = toLayout(key, "live");
    this.#sortedKeys = undefined;
    const had = this.#added.delete(name) || !this.#deleted.has(name);
    this.#deleted.add(name);
    return had;
  }

  /** Undoes what was done to a key: the generated object is there again, where there is one. */
  restore(key: string): void {
    const name = toLayout(key, "live");
    this.#sortedKeys = undefined;
    this.#added.delete(name);
    this.#deleted.delete(name);
  }

  /** Undoes everything. */
  clear(): void {
    this.#sortedKeys = undefined;
    this.#added.clear();
    this.#deleted.clear();
  }

  /** The objects that were added, with their keys in the live layout. */
  *[Symbol.iterator](): Generator<[key: string, object: StaticObject]> {
    for (const [key, { source }] of this.#added) yield [key, source];
  }

  /** The added object of a key in the live layout, as requests see it. */
  stored(key: string): StoredObject | undefined {
    return this.#added.get(key);
  }

  /** Whether the object of a key in the live layout was deleted. */
  isDeleted(key: string): boolean {
    return this.#deleted.has(key);
  }

  /** The keys of the added objects in order. */
  sortedKeys(): readonly string[] {
    return this.#sortedKeys ??= [...this.#added.keys()].sort();
  }

  /** Puts another version in the place of an added object. */
  change(key: string): void {
    const object = this.#added.get(key)?.source;
    if (object === undefined) return;
    const { body } = object;
    this.set(key, {
      ...object,
      etag: undefined,
      lastModified: undefined,
      body: body instanceof Uint8Array
        ? new Uint8Array([...body, ...OTHER_VERSION])
        : {
          size: body.size + OTHER_VERSION.length,
          read: (start, end) => readWithTail(body, start, end),
        },
    });
  }
}

async function* readWithTail(
  body: Exclude<StaticObject["body"], Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  if (start < body.size) yield* body.read(start, Math.min(end, body.size));
  const tail = OTHER_VERSION.subarray(
    Math.max(0, start - body.size),
    Math.max(0, end - body.size),
  );
  if (tail.length > 0) yield tail;
}

function toStored(key: string, object: StaticObject, now: Date): StoredObject {
  const { body } = object;
  const hash = createHash("md5");
  const isBytes = body instanceof Uint8Array;
  const size = isBytes ? body.length : body.size;
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new TypeError(
      `Cannot add object '${key}': its body must be bytes or have a size`,
    );
  }
  hash.update(isBytes ? body : `${key} ${size}`);
  const etag = hash.digest("hex");
  const lastModified = object.lastModified ?? now;
  return {
    size,
    etag: object.etag?.replaceAll('"', "") ?? (isBytes ? etag : `${etag}-2`),
    lastModified: new Date(Math.floor(lastModified.getTime() / 1000) * 1000),
    contentType: object.contentType ?? "binary/octet-stream",
    contentEncoding: object.contentEncoding,
    headers: object.metadata && Object.fromEntries(
      Object.entries(object.metadata)
        .map(([name, value]) => [`x-amz-meta-${name}`, value]),
    ),
    ...(isBytes && object.etag === undefined ? { bytes: () => body } : {}),
    async *read(start, end) {
      if (isBytes) yield body.subarray(start, end);
      else yield* body.read(start, end);
    },
  };
}
