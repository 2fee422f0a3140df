import { ObjectChangedError } from "../../base/mod.ts";
import type { Bucket } from "../destination/bucket.ts";
import { STATE_FOLDER } from "../state_folder.ts";
import type {
  StateFile,
  StateListOptions,
  StateStore,
  StateWriteOptions,
} from "./state_store.ts";

/** What a mirror in a bucket keeps below its `.flatbed/`. */
export class BucketStateStore implements StateStore {
  readonly location: string;
  readonly #bucket: Bucket;

  /**
   * Asks nothing yet.
   *
   * @param bucket The bucket, which stays its owner's.
   */
  constructor(bucket: Bucket) {
    this.#bucket = bucket;
    this.location = `${bucket.location}/${STATE_FOLDER}`;
  }

  locate(name: string): string {
    return `${this.location}/${name}`;
  }

  pathOf(): undefined {
    return undefined;
  }

  async stat(name: string): Promise<StateFile | undefined> {
    const info = await this.#bucket.stat(keyOf(name));
    return info && stateFile(info);
  }

  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return (await this.#bucket.get(keyOf(name)))?.bytes;
  }

  async write(
    name: string,
    content: string | Uint8Array,
    { ifAbsent = false }: StateWriteOptions = {},
  ): Promise<boolean> {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    // Not every service knows conditions: those that do not are asked beforehand at least.
    if (ifAbsent && await this.stat(name) !== undefined) return false;
    try {
      await this.#bucket.put(keyOf(name), bytes, { ifAbsent });
      return true;
    } catch (error) {
      if (ifAbsent && error instanceof ObjectChangedError) return false;
      throw error;
    }
  }

  async list(
    folder: string,
    { most = Infinity }: StateListOptions = {},
  ): Promise<StateFile[]> {
    const files: StateFile[] = [];
    for await (const object of this.#bucket.list(`${keyOf(folder)}/`)) {
      if (files.length === most) break;
      files.push(stateFile(object));
    }
    return files;
  }

  async remove(name: string): Promise<void> {
    await this.#bucket.remove(keyOf(name));
  }

  /** A bucket has no folders, and only writing tells whether one may. */
  prepare(): Promise<void> {
    return Promise.resolve();
  }
}

function keyOf(name: string): string {
  return `${STATE_FOLDER}/${name}`;
}

function stateFile(
  { key, size, lastModified }: {
    key: string;
    size: number;
    lastModified: Date | undefined;
  },
): StateFile {
  return {
    name: key.slice(STATE_FOLDER.length + 1),
    size,
    mtime: lastModified ?? new Date(0),
  };
}
