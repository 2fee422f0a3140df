import { statfs } from "node:fs/promises";
import { withFile } from "./file_errors.ts";

/** How many bytes are free where a folder lies; `undefined` where that may not be known. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "statfs" });
  if (state !== "granted") return undefined;
  const { bavail, blocks, bsize } = await withFile(
    "write to",
    folder,
    () => statfs(folder),
  );
  // Of many disks that are not local, 0 of 0 blocks are free: nothing is known then.
  if (Number(blocks) === 0) return undefined;
  return Number(bavail) * Number(bsize);
}
