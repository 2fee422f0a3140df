import type { DataType } from "../../catalog/mod.ts";

/** What a mirror records of a Parquet file. */
export interface ParquetEntry {
  /** The key of the object whose rows it has, in the live layout. */
  key: string;
  /** The dataset's id. */
  dataType: DataType;
  /** The file's date, `YYYY-MM-DD`. */
  date: string;
  /** The folder that it was made in; empty for `parquet/` of the mirror itself. */
  folder: string;
  /** Its path: in the mirror, or in the folder. */
  path: string;
  /** The ETag of the version that it was made of, without quotes. */
  etag: string;
  /** The SHA-256 of the file that it was made of, in hexadecimal digits. */
  sourceSha256: string;
  /** The version of the schema that it was made with. */
  schema: number;
  /** How many rows it has. */
  rows: number;
  /** Its size in bytes. */
  bytes: number;
  /** Its modification time. */
  mtime: Date;
  /** The SHA-256 of its bytes, in hexadecimal digits. */
  sha256: string;
  /** The columns with values that do not fit their types: these are text in columns beside. */
  asText: readonly string[];
  /** The columns that its dataset's schema does not have. */
  extraColumns: readonly string[];
  /** When it was made. */
  madeAt: Date;
}

/** Where the Parquet file of a key is: in the mirror, or in another folder. */
export function parquetPath(key: string, folder: string): string {
  const path = key.replace(/\.csv\.gz$/, ".parquet");
  return folder === "" ? `parquet/${path}` : path;
}
