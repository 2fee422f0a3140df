import { statfs } from "node:fs/promises";

const SHARED_MEMORY = "/dev/shm";

/** A folder for objects and downloads, that is gone when it is disposed of. */
export interface MemoryFolder extends AsyncDisposable {
  readonly path: string;
  /** Where it is, for people. */
  readonly description: string;
}

/** Makes a folder with room for so many bytes: in the memory where that is possible. */
export async function makeMemoryFolder(room: number): Promise<MemoryFolder> {
  await removeLeftOvers();
  const [parent, description] = await hasRoom(room)
    ? [SHARED_MEMORY, `in the memory (${SHARED_MEMORY})`]
    : [undefined, "a temporary folder on the disk"];
  const path = await Deno.makeTempDir({
    prefix: `flatbed-bench-${Deno.pid}-`,
    ...(parent === undefined ? {} : { dir: parent }),
  });
  return {
    path,
    description,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function hasRoom(room: number): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(SHARED_MEMORY);
    // What is in there is in the memory, whatever the file system promises.
    const memory = Deno.systemMemoryInfo();
    return Math.min(bavail * bsize, memory.available * 0.75) > room;
  } catch {
    return false;
  }
}

/** Removes the folders of runs that were killed: they would fill the memory. */
async function removeLeftOvers(): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(SHARED_MEMORY))
    .catch(() => []);
  for (const { name } of entries) {
    const pid = /^flatbed-bench-(\d+)-/.exec(name)?.[1];
    if (pid === undefined) continue;
    const isRunning = await Deno.stat(`/proc/${pid}`).then(
      () => true,
      () => false,
    );
    if (!isRunning) {
      await Deno.remove(`${SHARED_MEMORY}/${name}`, { recursive: true })
        .catch(() => {}); // somebody else's
    }
  }
}
