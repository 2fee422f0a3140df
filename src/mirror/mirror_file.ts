import { type DataType, S3Catalog } from "../catalog/mod.ts";

/** How a mirror stores a flat file: the object's bytes as they are, or decompressed. */
export type FileEncoding = "stored" | "decompressed";

/** A flat file in a mirror. */
export interface MirrorFile {
  /** The object's key, in the live layout. */
  key: string;
  /** The file's path, relative to the mirror: the key, without `.gz` if it is decompressed. */
  path: string;
  /** The dataset's id. */
  dataType: DataType;
  /** The file's date, `YYYY-MM-DD`. */
  date: string;
  /** Whether the file holds the object's bytes as stored, or decompressed. */
  encoding: FileEncoding;
}

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/**
 * The flat file of a day.
 *
 * @throws {RangeError} If there is no such dataset or date.
 */
export function mirrorFile(
  dataType: DataType,
  date: string,
  encoding: FileEncoding,
): MirrorFile {
  const key = catalog.getKey(dataType, date);
  return { key, path: pathOf(key, encoding), dataType, date, encoding };
}

/** The flat file of a key; `undefined` if no flat file has that key in the live layout. */
export function mirrorFileOf(
  key: string,
  encoding: FileEncoding,
): MirrorFile | undefined {
  if (!catalog.validateKey(key)) return undefined;
  const { dataType, date } = catalog.parseKeyMetadata(key);
  const file = mirrorFile(dataType, date, encoding);
  return file.key === key ? file : undefined; // or else the key is in the documented layout
}

/** The flat file at a path in a mirror; `undefined` if that is no flat file's path. */
export function mirrorFileAt(path: string): MirrorFile | undefined {
  return path.endsWith(".gz")
    ? mirrorFileOf(path, "stored")
    : mirrorFileOf(`${path}.gz`, "decompressed");
}

function pathOf(key: string, encoding: FileEncoding): string {
  return encoding === "stored" ? key : key.slice(0, -".gz".length);
}
