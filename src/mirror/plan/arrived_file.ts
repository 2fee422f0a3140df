import type { Arrival } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { MirrorFile } from "../mirror_file.ts";
import type { Holding } from "./holdings.ts";

/** A file that has been put, and that the manifest does not know yet. */
export interface ArrivedFile extends MirrorFile {
  /** The file's size in bytes. */
  bytes: number;
}

/**
 * The file that has been put, if the manifest does not know it yet, or did not when the
 * run was killed: the next writer takes it in.
 */
export async function arrivedFile(
  { destination }: MirrorContext,
  arrival: Arrival,
  held: ReadonlyMap<string, Holding[]>,
): Promise<ArrivedFile | undefined> {
  const { key, path, date, encoding, size, was } = arrival;
  const there = await destination.stat(path);
  if (there === undefined || there.identity === was) return undefined;
  const isKnown = held.get(date)?.some(({ entry }) => entry.key === key);
  const isWhole = encoding === "decompressed" || size === undefined ||
    there.bytes === size;
  return isWhole && !isKnown ? { ...arrival, bytes: there.bytes } : undefined;
}
