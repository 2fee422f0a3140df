import type { Arrival } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { MirrorFile } from "../mirror_file.ts";

/** A file that has been put, and that the manifest does not know yet. */
export interface ArrivedFile extends MirrorFile {
  /** The file's size in bytes. */
  bytes: number;
}

/**
 * The file of an arrival, if it has been put: the manifest does not know it yet, or did
 * not when the run was killed. The next writer takes it in.
 */
export async function arrivedFile(
  { destination }: MirrorContext,
  arrival: Arrival,
): Promise<ArrivedFile | undefined> {
  const { path, encoding, size, was } = arrival;
  const there = await destination.stat(path);
  if (there === undefined || there.identity === was) return undefined;
  const isWhole = encoding === "decompressed" || size === undefined ||
    there.bytes === size;
  return isWhole ? { ...arrival, bytes: there.bytes } : undefined;
}
