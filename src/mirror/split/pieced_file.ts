import type { MirrorContext } from "../mirror_context.ts";
import { type MirrorFile, mirrorFileAt } from "../mirror_file.ts";

/** A file of which shards have fetched pieces, and that is not whole yet. */
export interface PiecedFile extends MirrorFile {
  /** The object's size as stored, in bytes. */
  size: number;
  /** The ETag of the version, without quotes. */
  etag: string;
  /** How many of the object's bytes are there. */
  bytes: number;
}

/** The files of which pieces are stored, in the order of paths; of all shards. */
export async function piecedFiles(
  { destination: { pieces } }: Pick<MirrorContext, "destination">,
): Promise<PiecedFile[]> {
  const found: PiecedFile[] = [];
  for await (const { path, size, etag, stored } of pieces?.list() ?? []) {
    const file = mirrorFileAt(path);
    if (file !== undefined) found.push({ ...file, size, etag, bytes: stored });
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}
