import type { DataType } from "../../catalog/mod.ts";
import type { CopyInfo } from "../destination/destination.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";

/** An entry of the manifest, and what became of its file. */
export interface Holding {
  readonly entry: ManifestEntry;
  /**
   * Whether the file is there with the size that it should have, and was not found
   * damaged; `released` where it is not there on purpose. One that is damaged at source
   * is as it was fetched: where content is wanted, it has none.
   */
  readonly state:
    | "whole"
    | "lost"
    | "damaged"
    | "released"
    | "damaged-at-source";
  /** The file that is there. */
  readonly there: CopyInfo | undefined;
}

/** What a mirror holds of a data type in a range, by the look of the files: by date, of each encoding. */
export async function holdingsOf(
  { destination, manifest }: MirrorContext,
  dataType: DataType,
  { from, to, signal }: {
    from?: string | undefined;
    to?: string | undefined;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<Map<string, Holding[]>> {
  const holdings = new Map<string, Holding[]>();
  for (const entry of manifest.entries({ dataType, from, to })) {
    signal?.throwIfAborted();
    const there = await destination.stat(entry.path);
    const holding: Holding = { entry, state: stateOf(entry, there), there };
    const others = holdings.get(entry.date);
    if (others === undefined) holdings.set(entry.date, [holding]);
    else others.push(holding);
  }
  return holdings;
}

function stateOf(
  { bytes, encoding, gzip, isDamaged, releasedAt }: ManifestEntry,
  there: CopyInfo | undefined,
): Holding["state"] {
  const isAtSource = gzip === "damaged";
  if (isAtSource && encoding === "decompressed") {
    return releasedAt === undefined ? "damaged-at-source" : "released";
  }
  const isRight = there?.bytes === bytes && !isDamaged;
  if (isRight) return isAtSource ? "damaged-at-source" : "whole";
  if (releasedAt !== undefined) return "released";
  return there === undefined ? "lost" : "damaged";
}
