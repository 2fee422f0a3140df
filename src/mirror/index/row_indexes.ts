import { dirname } from "node:path";
import { isNotCapable, LocalFileError } from "../../base/mod.ts";
import {
  ignoreAbsent,
  inspectPath,
  readFile,
  statFile,
  withFile,
  withFileSync,
  writeWhole,
} from "../../files/mod.ts";
import { type DataType, getDataset } from "../../catalog/mod.ts";
import {
  decodeRowIndex,
  encodeRowIndex,
  type IndexedObject,
  IndexError,
  type RowIndex,
} from "../../rows/mod.ts";
import { STATE_FOLDER } from "../state_folder.ts";

/** Objects of fewer bytes have no index: they are read through as fast. */
export const SMALLEST_INDEXED = 2 * 1024 * 1024;

/** What the name of an index has besides the object's key. */
const ENDING = ".index";

/** The indexes of a mirror's files: one a key, whether the file is there or not. */
export class RowIndexes {
  readonly #folder: string;

  /** Those of the mirror in a folder. */
  constructor(folder: string) {
    this.#folder = `${folder}/${STATE_FOLDER}/indexes`;
  }

  /** Where the index of an object is. */
  pathOf(key: string): string {
    return `${this.#folder}/${key}${ENDING}`;
  }

  /**
   * Makes the folder that they are in.
   *
   * @throws {LocalFileError} If it cannot be made.
   */
  async makeFolder(): Promise<void> {
    await makeFolder(this.#folder);
  }

  /** The keys of a dataset's objects that have an index, in no order. */
  keys(dataType: DataType): string[] {
    const keys: string[] = [];
    const add = (folder: string): void => {
      for (
        const { name, isDirectory } of readFolder(`${this.#folder}/${folder}`)
      ) {
        const path = `${folder}/${name}`;
        if (isDirectory) add(path);
        else if (path.endsWith(ENDING)) {
          keys.push(path.slice(0, -ENDING.length));
        }
      }
    };
    add(getDataset(dataType).prefix);
    return keys;
  }

  /** Whether there is an index of an object, perhaps of another version of it. */
  has(key: string): boolean {
    return statFile(this.pathOf(key)) !== undefined;
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
    return await readFile(this.pathOf(key));
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
    const path = this.pathOf(key);
    await makeFolder(dirname(path));
    const { kind } = inspectPath(path);
    if (kind !== "absent" && kind !== "file") {
      throw new LocalFileError(
        `Cannot write '${path}': something is there that is not a regular file`,
      );
    }
    await writeWhole(path, bytes);
  }

  /** See {@linkcode RowIndexes.tryWrite}. Returns whether it could. */
  async tryWriteBytes(key: string, bytes: Uint8Array): Promise<boolean> {
    try {
      await this.writeBytes(key, bytes);
      return true;
    } catch (error) {
      const isRefused = isNotCapable(error) || error instanceof LocalFileError;
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
    if (isKept || !this.has(key)) return;
    if (await this.read(object) === undefined) await this.remove(key);
  }

  /**
   * Removes the index of an object, if there is one.
   *
   * @throws {LocalFileError} If it cannot be removed.
   */
  async remove(key: string): Promise<void> {
    const path = this.pathOf(key);
    await withFile(
      "remove",
      path,
      () => Deno.remove(path).catch(ignoreAbsent),
    );
  }
}

/** What is in a folder; nothing where there is none. */
function readFolder(path: string): Deno.DirEntry[] {
  return withFileSync("read folder", path, () => {
    try {
      return [...Deno.readDirSync(path)];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  });
}

async function makeFolder(path: string): Promise<void> {
  await withFile("make folder", path, async () => {
    await Deno.mkdir(path, { recursive: true });
  });
}
