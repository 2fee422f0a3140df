import { statfs } from "node:fs/promises";
import { NotEnoughSpaceError } from "./errors.ts";

/** How many bytes are free where a folder lies; `undefined` where that may not be known. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "statfs" });
  if (state !== "granted") return undefined;
  const { bavail, bsize } = await statfs(folder);
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
  return new NotEnoughSpaceError(
    `Cannot fetch ${what} to mirror '${folder}': ${needed} bytes are needed, and ${
      free ?? "too few"
    } are free`,
    { needed, free, cause },
  );
}
