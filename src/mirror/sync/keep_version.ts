import type { CopyInfo, KeptCopy } from "../destination/destination.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { MirrorFile } from "../mirror_file.ts";
import { examineFile } from "../verify/examine_file.ts";
import { isAsFetched } from "../is_as_fetched.ts";

/**
 * Keeps the version at a file's path under a second one, since it may be replaced.
 *
 * @param isRequired Whether it is copied if the file system has no links.
 */
export async function keepVersion(
  { destination, manifest }: MirrorContext,
  { key, path, encoding }: MirrorFile,
  there: CopyInfo,
  isRequired: boolean,
): Promise<KeptCopy | undefined> {
  const entry = manifest.entry(key, encoding);
  const isKnown = entry !== undefined && !entry.isDamaged &&
    isAsFetched(there, entry);
  const { sha256 } = isKnown ? entry : await examineFile(destination, path);
  return await destination.keep(path, sha256, isRequired);
}
