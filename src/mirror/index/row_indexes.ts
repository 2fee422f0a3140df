import {
  BucketRefusedError,
  isNotCapable,
  LocalFileError,
} from "../../base/mod.ts";
import { type DataType, getDataset } from "../../catalog/mod.ts";
import {
  decodeRowIndex,
  encodeRowIndex,
  type IndexedObject,
  IndexError,
  type RowIndex,
} from "../../rows/mod.ts";
import type { StateStore } from "../state/state_store.ts";

/** Objects of fewer bytes have no index: they are read through as fast. */
export const SMALLEST_INDEXED = 2 * 1024 * 1024;

/** Where they are in the mirror's store. */
const FOLDER = "indexes";

/** What the name of an index has besides the object's key. */
const ENDING = ".index";

/** The indexes of a mirror's files: one a key, whether the file is there or not. */
export class RowIndexes {
  readonly #store: StateStore;

  /** Those of the mirror that keeps its state in a store. */
  constructor(store: StateStore) {
    this.#store = store;
  }

  /** Where the index of an object is on this machine; `undefined` where it is elsewhere. */
  pathOf(key: string): string | undefined {
    return this.#store.pathOf(nameOf(key));
  }

  /**
   * Makes the folder that they are in.
   *
   * @throws {LocalFileError} If it cannot be made.
   */
  async makeFolder(): Promise<void> {
    await this.#store.prepare(FOLDER);
  }

  /** The keys of a dataset's objects that have an index, in their order. */
  async keys(dataType: DataType): Promise<string[]> {
    const { prefix } = getDataset(dataType);
    const files = await this.#store.list(`${FOLDER}/${prefix}`);
    return files.filter(({ name }) => name.endsWith(ENDING))
      .map(({ name }) => name.slice(FOLDER.length + 1, -ENDING.length));
  }

  /** Whether there is an index of an object, perhaps of another version of it. */
  async has(key: string): Promise<boolean> {
    return await this.#store.stat(nameOf(key)) !== undefined;
  }

  /**
   * Reads the index of an object; of any version, where only the key is given. One that is
   * damaged, or of another version, is as good as none: it is made again.
   *
   * @throws {LocalFileError} If it is there, and cannot be read.
   */
  async read(
    object: Pick<IndexedObject, "key"> & Partial<IndexedObject>,
  ): Promise<RowIndex | undefined> {
    const bytes = await this.readBytes(object.key);
    if (bytes === undefined) return undefined;
    try {
      return decodeRowIndex(bytes, object);
    } catch (error) {
      if (error instanceof IndexError) return undefined;
      throw error;
    }
  }

  /**
   * Reads the file of an index.
   *
   * @throws {LocalFileError} If it is there, and cannot be read.
   */
  async readBytes(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return await this.#store.read(nameOf(key));
  }

  /**
   * Keeps an index, in the place of an older one.
   *
   * @throws {LocalFileError} If it cannot be written.
   */
  async write(index: RowIndex): Promise<void> {
    await this.writeBytes(index.object.key, await encodeRowIndex(index));
  }

  /** The same where nobody has asked for it: a mirror may be one that others write to. */
  async tryWrite(index: RowIndex): Promise<void> {
    await this.tryWriteBytes(index.object.key, await encodeRowIndex(index));
  }

  /** Keeps an index that is encoded; see {@linkcode RowIndexes.write}. */
  async writeBytes(key: string, bytes: Uint8Array): Promise<void> {
    await this.#store.write(nameOf(key), bytes);
  }

  /** See {@linkcode RowIndexes.tryWrite}. Returns whether it could. */
  async tryWriteBytes(key: string, bytes: Uint8Array): Promise<boolean> {
    try {
      await this.writeBytes(key, bytes);
      return true;
    } catch (error) {
      const isRefused = isNotCapable(error) ||
        error instanceof LocalFileError || error instanceof BucketRefusedError;
      if (isRefused) return false;
      throw error;
    }
  }

  /**
   * Notes that a file has come with an index, or without one: that of another version goes.
   *
   * @throws {LocalFileError} If an index cannot be removed.
   */
  async replace(
    object: IndexedObject,
    encoded: Uint8Array<ArrayBuffer> | undefined,
  ): Promise<void> {
    const { key } = object;
    const isKept = encoded !== undefined &&
      await this.tryWriteBytes(key, encoded);
    if (isKept || !await this.has(key)) return;
    if (await this.read(object) === undefined) await this.remove(key);
  }

  /**
   * Removes the index of an object, if there is one.
   *
   * @throws {LocalFileError} If it cannot be removed.
   */
  async remove(key: string): Promise<void> {
    await this.#store.remove(nameOf(key));
  }
}

function nameOf(key: string): string {
  return `${FOLDER}/${key}${ENDING}`;
}
