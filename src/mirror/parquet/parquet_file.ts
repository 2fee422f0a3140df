import { type DataType, getDataset } from "../../catalog/mod.ts";
import { PARQUET_VERSION } from "../../rows/mod.ts";
import type { EntriesOptions } from "../entries_options.ts";
import { keyRange } from "../files/key_range.ts";
import type { MirrorContext } from "../mirror_context.ts";

/** A Parquet file in a mirror. */
export interface ParquetFile {
  /** The key of the object whose rows it has, in the live layout. */
  readonly key: string;
  /** The dataset's id. */
  readonly dataType: DataType;
  /** The file's date, `YYYY-MM-DD`. */
  readonly date: string;
  /** Its path, relative to the mirror. */
  readonly path: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** Its modification time. */
  readonly mtime: Date;
  /** The SHA-256 of its bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/** The Parquet files in the mirror itself that have the rows of the version that it knows. */
export function parquetFilesOf(
  { manifest }: MirrorContext,
  { dataType, from, to }: EntriesOptions,
): ParquetFile[] {
  const types = dataType === undefined
    ? manifest.dataTypes()
    : [getDataset(dataType).id];
  return types.flatMap((dataType) => {
    const versions = new Set<string>();
    for (const { key, sha256 } of manifest.eachEntry({ dataType, from, to })) {
      versions.add(`${key} ${sha256}`);
    }
    if (versions.size === 0) return [];
    return manifest.parquet("", ...keyRange({ dataType, from, to })).filter((
      { schema, key, sourceSha256 },
    ) => schema === PARQUET_VERSION && versions.has(`${key} ${sourceSha256}`))
      .map(({ key, date, path, bytes, mtime, sha256 }) => ({
        ...{ key, dataType, date, path, bytes, mtime, sha256 },
      }));
  });
}
