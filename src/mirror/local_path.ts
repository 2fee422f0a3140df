import { type KeyMetadata, S3Catalog } from "../catalog/mod.ts";
import { PART_ENDINGS } from "../files/mod.ts";
import type { FileEncoding } from "./mirror_file.ts";

/** The folder inside a mirror that holds what the mirror knows. */
export const STATE_FOLDER = ".flatbed";

const ENDINGS = Object.values(PART_ENDINGS);

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** A flat file that a path inside a mirror names. */
export interface NamedFile extends KeyMetadata {
  /** The key, in the live layout. */
  key: string;
  /** Whether it is decompressed. */
  encoding: FileEncoding;
}

/** Where an object's file lies, from the mirror's folder on. */
export function relativePathOf(key: string, encoding: FileEncoding): string {
  return encoding === "stored" ? key : key.replace(/\.gz$/, "");
}

/** The flat file that lies at a path inside a mirror, or `undefined`. */
export function fileAt(path: string): NamedFile | undefined {
  const encoding = path.endsWith(".gz") ? "stored" : "decompressed";
  const key = encoding === "stored" ? path : `${path}.gz`;
  if (!catalog.validateKey(key)) return undefined;
  const metadata = catalog.parseKeyMetadata(key);
  // The documented name of a root is none under which a mirror keeps files.
  return catalog.getKey(metadata.dataType, metadata.date) === key
    ? { ...metadata, key, encoding }
    : undefined;
}

/** The flat file whose part file lies at a path inside a mirror, or `undefined`. */
export function partFileAt(path: string): NamedFile | undefined {
  const ending = ENDINGS.find((ending) => path.endsWith(ending));
  return ending === undefined
    ? undefined
    : fileAt(path.slice(0, -ending.length));
}

/** The paths of the files in which a download to a path is collected. */
export function partPathsOf(path: string): string[] {
  return ENDINGS.map((ending) => path + ending);
}
