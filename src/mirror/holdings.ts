import type { DataType } from "../catalog/mod.ts";
import { statFile } from "./file_identity.ts";
import { relativePathOf } from "./local_path.ts";
import type { ManifestEntry } from "./manifest_entry.ts";
import type { MirrorContext } from "./mirror_context.ts";

/** An entry of the manifest, and what became of its file. */
export interface Holding {
  readonly entry: ManifestEntry;
  /** Whether the file is there with the size that it should have, and was not found damaged; `released` where it is not there on purpose. */
  readonly state: "whole" | "lost" | "damaged" | "released";
}

/** What a mirror holds of a data type in a range, by the look of the files: by date, of each form. */
export function holdingsOf(
  { folder, manifest }: MirrorContext,
  dataType: DataType,
  from?: string,
  to?: string,
): Map<string, Holding[]> {
  const holdings = new Map<string, Holding[]>();
  for (const entry of manifest.entries({ dataType, from, to })) {
    const file = statFile(
      `${folder}/${relativePathOf(entry.key, entry.form)}`,
    );
    const isRight = file?.size === entry.bytes && !entry.isDamaged;
    const state = entry.releasedAt !== undefined && !isRight
      ? "released"
      : file === undefined
      ? "lost"
      : isRight
      ? "whole"
      : "damaged";
    const others = holdings.get(entry.date);
    if (others === undefined) holdings.set(entry.date, [{ entry, state }]);
    else others.push({ entry, state });
  }
  return holdings;
}
