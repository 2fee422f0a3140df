import type { MirrorContext } from "../mirror_context.ts";
import { Manifest } from "./manifest.ts";
import { describeProcess, folderError, MirrorLock } from "./mirror_lock.ts";

/**
 * Writes to the manifest of a mirror that is opened read-only. The mirror is locked only
 * for that, so that a long verification blocks no sync.
 *
 * @throws {MirrorBusyError} If somebody else writes to the mirror.
 * @throws {LocalFileError} If it cannot be written to.
 */
export async function writeBriefly(
  { folder, command, now }: MirrorContext,
  write: (manifest: Manifest) => void,
): Promise<void> {
  try {
    using _lock = await MirrorLock.take(
      folder,
      describeProcess(command, now()),
    );
    using manifest = Manifest.openForWriting(folder);
    write(manifest);
  } catch (error) {
    throw folderError(folder, error);
  }
}
