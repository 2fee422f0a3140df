import { S3Catalog } from "../../catalog/mod.ts";

const catalog = new S3Catalog();

/** The date of a flat file's key, or `undefined` for another key. */
export function dateOfKey(key: string): string | undefined {
  return catalog.validateKey(key)
    ? catalog.parseKeyMetadata(key).date
    : undefined;
}
