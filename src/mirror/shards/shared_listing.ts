import { type DataType, getDataset } from "../../catalog/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";
import type { Listing } from "../plan/listing.ts";

/** The listing of a data type, as shards share it. */
export interface SharedListing {
  objects: Map<string, ObjectInfo>;
  /** The months that the service refused to list, `YYYY-MM`. */
  refused: string[];
  foreignKeys: number;
}

/** Another form would be another number. */
const VERSION = 1;

/** A data type's part of a listing, as it is kept. */
export function encodeListing(dataType: DataType, listing: Listing): string {
  const objects = listing.objects.get(dataType) ?? new Map();
  return JSON.stringify({
    version: VERSION,
    dataType,
    foreignKeys: listing.foreignKeys,
    refused: [...listing.refused].map((name) => name.slice(-"YYYY-MM".length)),
    objects: Array.from(
      objects,
      ([date, { size, etag, lastModified }]) => [
        date,
        size,
        etag,
        lastModified?.getTime() ?? null,
      ],
    ),
  });
}

/** Reads what was kept; `undefined` where it is something else, such as one of a later version. */
export function decodeListing(
  dataType: DataType,
  content: Uint8Array,
): SharedListing | undefined {
  try {
    const read = JSON.parse(new TextDecoder().decode(content));
    if (read?.version !== VERSION || read.dataType !== dataType) {
      return undefined;
    }
    const { prefix } = getDataset(dataType);
    const objects = new Map<string, ObjectInfo>();
    for (const [date, size, etag, time] of read.objects) {
      const isRight = typeof date === "string" &&
        /^\d{4}-\d{2}-\d{2}$/.test(date) &&
        Number.isSafeInteger(size) && size >= 0 && typeof etag === "string";
      if (!isRight) return undefined;
      objects.set(date, {
        key: `${prefix}/${date.slice(0, 4)}/${date.slice(5, 7)}/${date}.csv.gz`,
        size,
        etag,
        lastModified: typeof time === "number" ? new Date(time) : undefined,
      });
    }
    return {
      objects,
      refused: read.refused.map(String),
      foreignKeys: Number(read.foreignKeys),
    };
  } catch {
    return undefined;
  }
}
