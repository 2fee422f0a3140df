import {
  assertBoolean,
  assertFunction,
  assertOptions,
  assertSignal,
  type OptionNames,
  quote,
} from "../../base/mod.ts";
import type { FileOptions } from "../../download/mod.ts";
import { type ObjectInfo, sameEtag } from "../../store/mod.ts";
import { adoptFile } from "../adopt_file.ts";
import type { CopyInfo } from "../destination/destination.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { mirrorFileOf } from "../mirror_file.ts";
import { isAsFetched } from "../is_as_fetched.ts";
import { fetchFile } from "./fetch_file.ts";

/** Options of `Mirror.fetch`. */
export interface FetchKeyOptions
  extends Pick<FileOptions, "signal" | "onProgress" | "trustEtag"> {
  /**
   * Whether nothing is fetched, and the outcome only says what would be.
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
   * `present` if the file was there, and is the object as the service has it now;
   * `fetched` if it was not; `planned` if it is not, and this is a dry run.
   */
  outcome: "present" | "fetched" | "planned";
  /** The file's path, relative to the mirror. */
  path: string;
  /** The object as the service has it now. */
  object: ObjectInfo;
  /** What the mirror knows of the file; its `gzip` is `damaged` if the object is damaged at source. */
  entry?: ManifestEntry;
  /** How many of the object's bytes an earlier run had stored. */
  resumedFrom: number;
  /** The path of the older version, relative to the mirror, if the newer one is damaged at source. */
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
  const { catalog, destination, encoding, manifest } = context;
  const file = mirrorFileOf(key, encoding);
  if (file === undefined) {
    throw new RangeError(
      `Cannot fetch ${quote(key)} into a mirror: it is not a flat file's key`,
    );
  }
  if (!context.isMine(key)) {
    throw new RangeError(
      `Cannot fetch ${quote(key)}: it does not belong to the mirror's shard`,
    );
  }
  const { path } = file;
  const doing = "fetch files";
  const object = await context.downloader(doing)
    .getObjectInfo(catalog.bucket, key, { signal: options.signal });
  const found = { path, object, resumedFrom: 0 };
  const known = manifest.entry(key, encoding);
  const there = await destination.stat(path);
  if (known !== undefined && isAsListed(known, there, object)) {
    return { outcome: "present", entry: known, ...found };
  }
  if (dryRun) return { outcome: "planned", ...found };
  const { signal } = options;
  if (there !== undefined) {
    const { entry } = await adoptFile(context, file, object, {
      doing,
      areUnprovenTaken: false,
      signal,
    });
    if (entry !== undefined) return { outcome: "present", entry, ...found };
  }
  const { entry, resumedFrom, keptAs } = await fetchFile(
    context,
    file,
    { ...options, object, wasAbsent: there === undefined },
  );
  return {
    outcome: "fetched",
    ...found,
    entry,
    resumedFrom,
    ...(keptAs !== undefined && { keptAs }),
  };
}

/** Whether a file is as it was fetched, and its object too. */
function isAsListed(
  entry: ManifestEntry,
  there: CopyInfo | undefined,
  object: ObjectInfo,
): boolean {
  const isSame = entry.etag === "" || object.etag === ""
    ? entry.lastModified?.getTime() === object.lastModified?.getTime()
    : sameEtag(entry.etag, object.etag);
  if (!isSame || entry.size !== object.size || entry.isDamaged) return false;
  // Content of an object that is damaged at source is never there.
  if (entry.gzip === "damaged" && entry.encoding === "decompressed") {
    return true;
  }
  return there !== undefined && isAsFetched(there, entry);
}
