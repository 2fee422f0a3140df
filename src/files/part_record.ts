import { ignoreAbsent } from "./absent.ts";
import { withFile } from "./file_errors.ts";

/** Which version of which object a part file belongs to. */
export interface PartRecord {
  /** The bucket's name. */
  bucket: string;
  /** The object's key. */
  key: string;
  /** The ETag, without quotes. */
  etag: string;
  /** The object's size in bytes. */
  size: number;
  /** The size of its ranges in bytes, if it is fetched in ranges. */
  rangeSize?: number;
}

/** Reads a record; `undefined` if there is none, or none that is valid. */
export async function readPartRecord(
  path: string,
): Promise<PartRecord | undefined> {
  try {
    if (!(await Deno.lstat(path)).isFile) return undefined;
    const { bucket, key, etag, size, rangeSize } =
      JSON.parse(await Deno.readTextFile(path)) ?? {};
    const isRecord = typeof bucket === "string" && typeof key === "string" &&
      typeof etag === "string" && etag !== "" && Number.isSafeInteger(size);
    if (!isRecord) return undefined;
    const record = { bucket, key, etag, size };
    if (rangeSize === undefined) return record;
    const isRangeSize = Number.isSafeInteger(rangeSize) && rangeSize > 0;
    return isRangeSize ? { ...record, rangeSize } : undefined;
  } catch (error) {
    return error instanceof SyntaxError ? undefined : ignoreAbsent(error);
  }
}

/**
 * Writes a record, never through a link that lies in its place.
 *
 * @throws {LocalFileError} If it cannot be written.
 */
export async function writePartRecord(
  path: string,
  record: PartRecord | undefined,
): Promise<void> {
  await withFile("write", path, async () => {
    await Deno.remove(path).catch(ignoreAbsent);
    await Deno.writeTextFile(path, JSON.stringify(record), { createNew: true });
  });
}
