import {
  assertBoolean,
  assertFunction,
  assertOptions,
  assertSignal,
  type OptionNames,
  quote,
} from "../../base/mod.ts";
import type { FileOptions } from "../../download/mod.ts";
import { statFile } from "../../files/mod.ts";
import { type ObjectInfo, sameEtag } from "../../store/mod.ts";
import { adoptFile } from "../adopt_file.ts";
import { fileAt, relativePathOf } from "../local_path.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { isSameTime } from "../verify/is_same_time.ts";
import { fetchFile } from "./fetch_file.ts";

/** Options of `Mirror.fetch`. */
export interface FetchKeyOptions
  extends Pick<FileOptions, "signal" | "onProgress" | "trustEtag"> {
  /**
   * Whether it is only told what would be done.
   *
   * @default {false}
   */
  dryRun?: boolean;
}

const FETCH_KEY_OPTIONS: OptionNames<FetchKeyOptions> = {
  signal: true,
  onProgress: true,
  trustEtag: true,
  dryRun: true,
};

/** What became of an object that was asked for by its key. */
export interface FetchKeyOutcome {
  /**
   * `present` where the file was there, and is the object as the service has it now;
   * `fetched` where it was not; `planned` where it is not, and nothing was to be done.
   */
  outcome: "present" | "fetched" | "planned";
  /** The file's path. */
  path: string;
  /** The object as the service has it now. */
  object: ObjectInfo;
  /** What the mirror knows of the file; its `gzip` is `damaged` where the object is damaged at source. */
  entry?: ManifestEntry;
  /** How many of the stored bytes an earlier run had left. */
  resumedFrom: number;
  /** Where the older version lies that gave way to one that is damaged at source. */
  keptAs?: string;
}

/** Checks the options of `Mirror.fetch`. */
export function checkFetchKeyOptions(options: unknown): void {
  assertOptions(options, FETCH_KEY_OPTIONS);
  const { signal, onProgress, trustEtag, dryRun }: FetchKeyOptions = options;
  assertSignal(signal);
  assertFunction(onProgress, "onProgress");
  assertBoolean(trustEtag ?? false, "trustEtag");
  assertBoolean(dryRun ?? false, "dryRun");
}

/** Fetches an object by its key, unless its file is there as the service has it now. */
export async function fetchKey(
  context: MirrorContext,
  key: string,
  { dryRun = false, ...options }: FetchKeyOptions,
): Promise<FetchKeyOutcome> {
  const { catalog, folder, encoding, manifest } = context;
  const relative = relativePathOf(key, encoding);
  const named = fileAt(relative);
  if (named === undefined || named.key !== key) {
    throw new RangeError(
      `Cannot fetch ${quote(key)} into a mirror: it is no flat file's key`,
    );
  }
  const path = `${folder}/${relative}`;
  const doing = "fetch files";
  const object = await context.downloader(doing)
    .getObjectInfo(catalog.bucket, key);
  const found = { path, object, resumedFrom: 0 };
  const known = manifest.entry(key, encoding);
  if (known !== undefined && isAsListed(known, path, object)) {
    return { outcome: "present", entry: known, ...found };
  }
  if (dryRun) return { outcome: "planned", ...found };
  const { signal } = options;
  if (statFile(path) !== undefined) {
    const { entry } = await adoptFile(context, named, object, {
      doing,
      areUnprovenTaken: false,
      signal,
    });
    if (entry !== undefined) return { outcome: "present", entry, ...found };
  }
  const { entry, resumedFrom, keptAs } = await fetchFile(
    context,
    { ...object, ...named },
    options,
  );
  return {
    outcome: "fetched",
    ...found,
    entry,
    resumedFrom,
    ...(keptAs !== undefined && { keptAs }),
  };
}

/** Whether a file is as it was fetched, and the object too. */
function isAsListed(
  entry: ManifestEntry,
  path: string,
  object: ObjectInfo,
): boolean {
  const isSame = entry.etag === "" || object.etag === ""
    ? entry.lastModified?.getTime() === object.lastModified?.getTime()
    : sameEtag(entry.etag, object.etag);
  if (!isSame || entry.size !== object.size || entry.isDamaged) return false;
  // Where content is wanted, what is damaged at source has none.
  if (entry.gzip === "damaged" && entry.encoding === "decompressed") {
    return true;
  }
  const file = statFile(path);
  return file?.size === entry.bytes && file.mtime !== null &&
    isSameTime(file.mtime, entry.mtime);
}
