import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { isNotCapable } from "../base/mod.ts";
import { withFile } from "./file_errors.ts";
import { inspectPath } from "./inspect_path.ts";

/**
 * The free space of the disk that a folder is on, or will be on, in bytes; `undefined` if it
 * is unknown or not permitted.
 */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "statfs" });
  if (state !== "granted") return undefined;
  const place = nearestThere(folder);
  if (place === undefined) return undefined;
  const { bavail, blocks, bsize } = await withFile(
    "write to",
    folder,
    () => statfs(place),
  );
  // Many network disks say 0 of 0 blocks: it is unknown then.
  if (Number(blocks) === 0) return undefined;
  return Number(bavail) * Number(bsize);
}

/** The folder, or the nearest one above it that is there; `undefined` if that may not be looked at. */
function nearestThere(folder: string): string | undefined {
  try {
    const above = dirname(folder);
    const isThere = inspectPath(folder).kind !== "absent";
    return isThere || above === folder ? folder : nearestThere(above);
  } catch (error) {
    if (isNotCapable(error)) return undefined;
    throw error;
  }
}
