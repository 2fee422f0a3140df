import {
  assertBoolean,
  assertBucketName,
  assertFunction,
  assertOptions,
  assertString,
  type OptionNames,
  wrongType,
} from "../base/mod.ts";
import type { AsyncS3Downloader } from "../download/mod.ts";

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
  decompress: true,
  readOnly: true,
  replaceDamaged: true,
  command: true,
  now: true,
};

/** Checks the options of {@linkcode Mirror.open}. */
export function checkMirrorOptions(options: MirrorOptions): MirrorOptions {
  assertOptions(options, MIRROR_OPTIONS);
  const { bucket, decompress, downloader, command, now } = options;
  if (bucket !== undefined) assertBucketName(bucket);
  if (decompress !== undefined) assertBoolean(decompress, "decompress");
  assertBoolean(options.readOnly ?? false, "readOnly");
  assertBoolean(options.replaceDamaged ?? false, "replaceDamaged");
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
