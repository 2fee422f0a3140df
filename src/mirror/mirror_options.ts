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
  /** Downloads from the service. Without it, only what needs no service works. */
  downloader?: AsyncS3Downloader | undefined;
  /**
   * The bucket's name.
   *
   * @default {"flatfiles"}
   */
  bucket?: string;
  /**
   * Whether files are decompressed. By default as the mirror's files are; if there are
   * none, they are stored as they are.
   */
  decompress?: boolean | undefined;
  /**
   * Whether nothing is written: then it does not matter who else uses the mirror. Only
   * {@linkcode Mirror.verify} with `remember` writes all the same.
   *
   * @default {false}
   */
  readOnly?: boolean;
  /**
   * Whether a manifest that cannot be read is renamed, and replaced by an empty one. From
   * one that holds impossible values, only these are removed. {@linkcode Mirror.verify}
   * with `rebuild` fills it from the files.
   *
   * @default {false}
   */
  replaceDamaged?: boolean;
  /** How others that find the mirror in use are told of this process; by default the script's name. */
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
