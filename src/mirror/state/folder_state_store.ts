import { dirname } from "node:path";
import { LocalFileError, nextTurn } from "../../base/mod.ts";
import {
  ignoreAbsent,
  inspectPath,
  PART_ENDINGS,
  readFile,
  statFile,
  unlessAbsent,
  withFile,
  withFileSync,
  writeWhole,
} from "../../files/mod.ts";
import { STATE_FOLDER } from "../state_folder.ts";
import type {
  StateFile,
  StateListOptions,
  StateStore,
  StateWriteOptions,
} from "./state_store.ts";

/** After so many files that were looked at, others have a turn. */
const TURN = 256;

/** What a mirror in a folder keeps in its `.flatbed/`. */
export class FolderStateStore implements StateStore {
  readonly location: string;

  /**
   * Reads and writes nothing yet.
   *
   * @param folder The mirror's folder, without a slash at the end.
   */
  constructor(folder: string) {
    this.location = `${folder}/${STATE_FOLDER}`;
  }

  locate(name: string): string {
    return `${this.location}/${name}`;
  }

  pathOf(name: string): string {
    return this.locate(name);
  }

  // deno-lint-ignore require-await -- another store asks over the network
  async stat(name: string): Promise<StateFile | undefined> {
    const file = statFile(this.locate(name));
    return file && stateFile(name, file);
  }

  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return await readFile(this.locate(name));
  }

  async write(
    name: string,
    content: string | Uint8Array,
    { ifAbsent = false }: StateWriteOptions = {},
  ): Promise<boolean> {
    const path = this.locate(name);
    await makeFolder(dirname(path));
    const { kind } = inspectPath(path);
    if (kind !== "absent" && kind !== "file") {
      throw new LocalFileError(
        `Cannot write '${path}': something is there that is not a regular file`,
      );
    }
    if (!ifAbsent) {
      await writeWhole(path, content);
      return true;
    }
    return kind === "absent" && await writeNew(path, content);
  }

  async list(
    folder: string,
    { most = Infinity }: StateListOptions = {},
  ): Promise<StateFile[]> {
    const files: StateFile[] = [];
    const left = [folder];
    let looked = 0;
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const path = this.locate(next);
      const entries = withFileSync(
        "read folder",
        path,
        () => unlessAbsent(() => Deno.readDirSync(path)) ?? [],
      );
      for (const { name, isDirectory, isSymlink } of entries) {
        if (looked === most) break;
        // Others are served meanwhile, however many there are.
        if (++looked % TURN === 0) await nextTurn();
        const below = `${next}/${name}`;
        if (isDirectory) {
          left.push(below);
          continue;
        }
        if (below.endsWith(PART_ENDINGS.part)) continue;
        // It may have been removed meanwhile.
        const file = isSymlink
          ? statTarget(this.locate(below))
          : statFile(this.locate(below));
        if (file !== undefined) files.push(stateFile(below, file));
      }
    }
    return files.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  async remove(name: string): Promise<void> {
    const path = this.locate(name);
    await withFile(
      "remove",
      path,
      () => Deno.remove(path).catch(ignoreAbsent),
    );
  }

  async prepare(folder: string): Promise<void> {
    await makeFolder(this.locate(folder));
  }
}

/** What a link leads to; `undefined` where that is no file, such as the link itself. */
function statTarget(path: string): Deno.FileInfo | undefined {
  try {
    return statFile(path);
  } catch {
    return undefined;
  }
}

function stateFile(name: string, file: Deno.FileInfo): StateFile {
  return { name, size: file.size, mtime: file.mtime ?? new Date(0) };
}

async function makeFolder(path: string): Promise<void> {
  await withFile("make folder", path, async () => {
    await Deno.mkdir(path, { recursive: true });
  });
}

/** Writes a file whole, unless one is there: a hard link replaces nothing. */
async function writeNew(
  path: string,
  content: string | Uint8Array,
): Promise<boolean> {
  const part = `${path}.${crypto.randomUUID()}${PART_ENDINGS.part}`;
  try {
    await writeWhole(part, content);
    return await withFile("write", path, async () => {
      try {
        await Deno.link(part, path);
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) return false;
        if (inspectPath(path).kind !== "absent") return false;
        // A file system without hard links: two writers at the same moment may both write.
        await Deno.rename(part, path);
        return true;
      }
    });
  } finally {
    await Deno.remove(part).catch(() => {});
  }
}
