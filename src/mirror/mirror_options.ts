import {
  assertBoolean,
  assertBucketName,
  assertFunction,
  assertInteger,
  assertOptions,
  assertString,
  type OptionNames,
  wrongType,
} from "../base/mod.ts";
import { isOfShard, type Shard } from "../catalog/mod.ts";
import type { AsyncS3Downloader } from "../download/mod.ts";
import { checkOutOptions, type OutOptions } from "./out_options.ts";

/** Options of {@linkcode Mirror.open}. */
export interface MirrorOptions {
  /** The downloader. Without it, only methods that need no service work. */
  downloader?: AsyncS3Downloader | undefined;
  /**
   * The bucket's name.
   *
   * @default {"flatfiles"}
   */
  bucket?: string;
  /** How the mirror's own bucket is reached, where its location is `s3://bucket/prefix`. */
  out?: OutOptions | undefined;
  /**
   * Whether to store decompressed files. By default as the mirror's files are; in a new
   * mirror, `false`.
   */
  decompress?: boolean | undefined;
  /**
   * Whether to write nothing: then other processes may use the mirror at the same time.
   * Only {@linkcode Mirror.verify} with `remember` still writes.
   *
   * @default {false}
   */
  readOnly?: boolean;
  /**
   * With `readOnly`: whether the mirror stays open for long, and may see late what another
   * process writes. Where the manifest is large, it is then read again after ten times as
   * long as that took last, at most ten seconds, and not after each change.
   * {@linkcode Mirror.revision} is that of what is seen. What was written before the mirror
   * was opened is seen in any case.
   *
   * @default {false}
   */
  mayLag?: boolean;
  /**
   * The part of the work that this process does, of those that several do at the same time:
   * the mirror then sees, and changes, the keys of this shard only.
   * What it notes goes to a file of its own in `.flatbed/journals/`: readers see it at once,
   * and the next one that opens the mirror for writing without a shard merges it.
   */
  shard?: Shard | undefined;
  /**
   * With a shard: how old a listing may be that another shard has made, in seconds. 0 lists
   * afresh.
   *
   * @default {3600}
   */
  maxListingAge?: number | undefined;
  /**
   * Whether to rename a manifest that cannot be read, and to start an empty one. If only
   * some of its values are impossible, only their rows are removed. Afterwards
   * {@linkcode Mirror.verify} with `rebuild` fills it from the files.
   *
   * @default {false}
   */
  replaceDamaged?: boolean;
  /** What other processes are told about this one when they find the mirror in use; by default the script's name. */
  command?: string | undefined;
  /** The clock. */
  now?: (() => Date) | undefined;
}

const MIRROR_OPTIONS: OptionNames<MirrorOptions> = {
  downloader: true,
  bucket: true,
  out: true,
  decompress: true,
  readOnly: true,
  mayLag: true,
  shard: true,
  maxListingAge: true,
  replaceDamaged: true,
  command: true,
  now: true,
};

/** Checks the options of {@linkcode Mirror.open}. */
export function checkMirrorOptions(options: MirrorOptions): MirrorOptions {
  assertOptions(options, MIRROR_OPTIONS);
  const { bucket, decompress, downloader, command, now } = options;
  if (bucket !== undefined) assertBucketName(bucket);
  if (options.out !== undefined) checkOutOptions(options.out);
  if (decompress !== undefined) assertBoolean(decompress, "decompress");
  assertBoolean(options.readOnly ?? false, "readOnly");
  assertBoolean(options.mayLag ?? false, "mayLag");
  assertBoolean(options.replaceDamaged ?? false, "replaceDamaged");
  isOfShard("", options.shard); // throws where there is no such shard
  if (options.replaceDamaged && options.shard !== undefined) {
    throw new RangeError(
      "Cannot open a mirror with both 'shard' and 'replaceDamaged': a manifest is replaced as a whole",
    );
  }
  assertInteger(options.maxListingAge ?? 0, "maxListingAge", 0);
  if (command !== undefined) assertString(command, "command");
  assertFunction(now, "now");
  if (
    downloader !== undefined &&
    typeof downloader?.downloadToFile !== "function"
  ) {
    throw wrongType("downloader", "an AsyncS3Downloader", downloader);
  }
  return options;
}
