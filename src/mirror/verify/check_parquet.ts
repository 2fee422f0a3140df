import { FlatbedError } from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import { readParquetFooter } from "../../rows/mod.ts";
import type { CopyLookup, Destination } from "../destination/destination.ts";
import { FolderDestination } from "../destination/folder_destination.ts";
import { isAsFetched } from "../is_as_fetched.ts";
import type { ParquetEntry } from "../manifest/parquet_entry.ts";
import { writeBriefly } from "../manifest/write_briefly.ts";
import { lookUpDays } from "../plan/look_up.ts";
import { examineFile } from "./examine_file.ts";
import { problemOf } from "./problem_of.ts";
import type { Verification } from "./verification.ts";

const MADE_AGAIN = "'flatbed parquet' makes it again";
const FETCHED_AGAIN =
  "'flatbed sync --released --parquet' fetches its file, which was released, and makes it again";

/** Checks the Parquet files that were made; those that are wrong are made again by the next conversion. */
export async function checkParquet(verification: Verification): Promise<void> {
  const { context, dataTypes, options, report } = verification;
  const { manifest } = context;
  const wrong: ParquetEntry[] = [];
  for (const folder of manifest.parquetFolders()) {
    const target = folder === ""
      ? context.destination
      : new FolderDestination(folder);
    const lookups = new Map<DataType, CopyLookup>();
    for (const entry of manifest.parquet(folder)) {
      options.signal?.throwIfAborted();
      if (dataTypes?.includes(entry.dataType) === false) continue;
      const { dataType } = entry;
      const root = folder === "" ? "parquet/" : "";
      const lookup = lookups.get(dataType) ??
        await lookUpDays(target, { dataType, signal: options.signal }, root);
      lookups.set(dataType, lookup);
      const reason = await reasonWhy(verification, { target, lookup }, entry);
      report.parquet++;
      if (reason === undefined) continue;
      wrong.push(entry);
      const isReleased =
        manifest.entry(entry.key, "stored")?.releasedAt !== undefined;
      const path = folder === "" ? entry.path : `${folder}/${entry.path}`;
      verification.addProblem(problemOf(
        { ...entry, path, encoding: "stored" },
        "wrong-parquet",
        `${reason}: ${isReleased ? FETCHED_AGAIN : MADE_AGAIN}`,
      ));
    }
  }
  if (wrong.length === 0) return;
  if (context.isWriter) manifest.forgetParquet(wrong);
  else if (options.remember) {
    await writeBriefly(context, (manifest) => manifest.forgetParquet(wrong));
  }
}

/** What is wrong with a Parquet file, if anything is. */
async function reasonWhy(
  { context, mode, options: { signal }, report }: Verification,
  { target, lookup }: { target: Destination; lookup: CopyLookup },
  entry: ParquetEntry,
): Promise<string | undefined> {
  const { manifest, indexes } = context;
  const { key, path } = entry;
  const there = await lookup.stat(path);
  if (there === undefined) return "it was made, and is not there";
  if (!isAsFetched(there, entry)) return "it was changed since it was made";
  const sources = (["stored", "decompressed"] as const)
    .map((encoding) => manifest.entry(key, encoding))
    .filter((source) => source !== undefined);
  const source = sources.find(({ sha256 }) => sha256 === entry.sourceSha256);
  if (source === undefined && sources.length > 0) {
    return "it was made of another version of its file";
  }
  try {
    using file = await target.openRanges(path, signal);
    const { rows } = await readParquetFooter(file, path);
    const index = source && await indexes.read(source);
    if (rows !== (index?.rows ?? entry.rows)) {
      return `it has ${rows} rows, and its file ${index?.rows ?? entry.rows}`;
    }
    if (mode !== "full") return undefined;
    const { sha256, bytes } = await examineFile(target, path, { signal });
    report.bytes += bytes;
    return sha256 === entry.sha256
      ? undefined
      : "its bytes are not those that were written";
  } catch (error) {
    if (!(error instanceof FlatbedError)) throw error;
    return reasonOf(error);
  }
}

/** An error's message without what it says of the path. */
function reasonOf({ message }: FlatbedError): string {
  return /': (.*)$/.exec(message)?.[1] ?? message;
}
