import type { DataType } from "../../catalog/mod.ts";
import { identityOf, statFile } from "../../files/mod.ts";
import { fileAt, relativePathOf } from "../local_path.ts";
import type { Arrival } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { Holding } from "./holdings.ts";

/**
 * The file that has come to its name, where the manifest does not know it yet, or did not
 * when the run was killed: the next writer takes it in.
 */
export function arrivedFile(
  { folder }: MirrorContext,
  { key, encoding, size, was }: Arrival,
  held: ReadonlyMap<string, Holding[]>,
): { dataType: DataType; date: string; bytes: number }[] {
  const path = relativePathOf(key, encoding);
  const named = fileAt(path);
  const file = statFile(`${folder}/${path}`);
  if (named === undefined || file === undefined) return [];
  if (identityOf(`${folder}/${path}`) === was) return [];
  const { dataType, date } = named;
  const isKnown = held.get(date)?.some(({ entry }) => entry.key === key);
  const isWhole = encoding === "decompressed" || size === undefined ||
    file.size === size;
  return isWhole && !isKnown ? [{ dataType, date, bytes: file.size }] : [];
}
