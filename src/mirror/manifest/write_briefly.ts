import type { MirrorContext } from "../mirror_context.ts";
import { Manifest } from "./manifest.ts";
import { describeProcess, folderError, MirrorLock } from "./mirror_lock.ts";

/**
 * Writes to the manifest of a mirror that is opened read-only. The mirror is locked only
 * for that, so that a long verification blocks no sync; a shard has a journal for it.
 *
 * @throws {MirrorBusyError} If somebody else writes to the mirror.
 * @throws {LocalFileError} If it cannot be written to.
 */
export async function writeBriefly(
  { cacheFolder, command, destination, now, shard, store }: MirrorContext,
  write: (manifest: Manifest) => void,
): Promise<void> {
  const { folder } = destination;
  const holder = describeProcess(command, now());
  if (folder === undefined) {
    // In a bucket there is no lock: many write to it at once.
    using manifest = await Manifest.openInStore(store, {
      cache: cacheFolder,
      holder,
      readOnly: false,
      shard,
      setsDamagedAside: false,
    });
    write(manifest);
    await manifest.flush();
    return;
  }
  try {
    // Shards do not keep one another from it.
    using _lock = shard === undefined
      ? await MirrorLock.take(folder, holder)
      : await MirrorLock.share(folder);
    using manifest = shard === undefined
      ? Manifest.openForWriting(folder)
      : Manifest.openForShard(folder, shard, holder);
    write(manifest);
  } catch (error) {
    throw folderError(folder, error);
  }
}
