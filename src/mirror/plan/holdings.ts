import type { DataType } from "../../catalog/mod.ts";
import { statFile } from "../../files/mod.ts";
import { relativePathOf } from "../local_path.ts";
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
}

/** What a mirror holds of a data type in a range, by the look of the files: by date, of each encoding. */
export function holdingsOf(
  { folder, manifest }: MirrorContext,
  dataType: DataType,
  from?: string,
  to?: string,
): Map<string, Holding[]> {
  const holdings = new Map<string, Holding[]>();
  for (const entry of manifest.entries({ dataType, from, to })) {
    const state = stateOf(
      entry,
      statFile(`${folder}/${relativePathOf(entry.key, entry.encoding)}`),
    );
    const others = holdings.get(entry.date);
    if (others === undefined) holdings.set(entry.date, [{ entry, state }]);
    else others.push({ entry, state });
  }
  return holdings;
}

function stateOf(
  { bytes, encoding, gzip, isDamaged, releasedAt }: ManifestEntry,
  file: Deno.FileInfo | undefined,
): Holding["state"] {
  const isAtSource = gzip === "damaged";
  if (isAtSource && encoding === "decompressed") {
    return releasedAt === undefined ? "damaged-at-source" : "released";
  }
  const isRight = file?.size === bytes && !isDamaged;
  if (isRight) return isAtSource ? "damaged-at-source" : "whole";
  if (releasedAt !== undefined) return "released";
  return file === undefined ? "lost" : "damaged";
}
