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
  /** What asks the service. Without it, only what the mirror itself knows can be asked for. */
  downloader?: AsyncS3Downloader | undefined;
  /**
   * The bucket's name.
   *
   * @default {"flatfiles"}
   */
  bucket?: string;
  /**
   * Whether files are decompressed. Where it is not given, as the mirror's files are,
   * and as stored where there are none.
   */
  decompress?: boolean | undefined;
  /**
   * Whether the mirror is only looked at: then it is never in use by somebody else, and
   * nothing in it is changed or made, unless {@linkcode Mirror.verify} is told to
   * remember.
   *
   * @default {false}
   */
  readOnly?: boolean;
  /**
   * Whether a manifest that cannot be read is put aside, and an empty one takes its
   * place; of one that holds impossible values, only these are forgotten.
   * {@linkcode Mirror.verify} with `rebuild` fills it from the files.
   *
   * @default {false}
   */
  replaceDamaged?: boolean;
  /** What others are told that find the mirror in use; the script's name where it is not given. */
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
