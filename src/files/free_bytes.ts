import { statfs } from "node:fs/promises";
import { withFile } from "./file_errors.ts";

/** The free space of the disk that a folder is on, in bytes; `undefined` if it is unknown or not permitted. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "statfs" });
  if (state !== "granted") return undefined;
  const { bavail, blocks, bsize } = await withFile(
    "write to",
    folder,
    () => statfs(folder),
  );
  // Many network disks say 0 of 0 blocks: it is unknown then.
  if (Number(blocks) === 0) return undefined;
  return Number(bavail) * Number(bsize);
}
