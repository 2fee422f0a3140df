import { statfs } from "node:fs/promises";
import { withFile } from "../store/mod.ts";
import { NotEnoughSpaceError } from "./errors.ts";

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

/**
 * Checks that so many bytes are free where a mirror lies. Where that may not be known,
 * nothing is checked.
 *
 * @throws {NotEnoughSpaceError} If there are less.
 */
export async function checkSpace(
  folder: string,
  needed: number,
  what: string,
): Promise<void> {
  const free = await freeBytes(folder);
  if (free === undefined || needed <= free) return;
  throw notEnough(folder, what, needed, free);
}

/** The error that says what is needed and what is free. */
export function notEnough(
  folder: string,
  what: string,
  needed: number,
  free: number | undefined,
  cause?: unknown,
): NotEnoughSpaceError {
  // What a file needs is known at least: its content may need more, or another name.
  const why = needed > (free ?? 0)
    ? `${needed} bytes are needed, and ${free ?? "too few"} are free`
    : `the disk is full, or can hold no more files; ${free} bytes are free`;
  return new NotEnoughSpaceError(
    `Cannot fetch ${what} to mirror '${folder}': ${why}`,
    { needed, free, cause },
  );
}
