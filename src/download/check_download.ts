import {
  assertBoolean,
  assertBucketName,
  assertFunction,
  assertInteger,
  assertKey,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../base/mod.ts";
import type { CollectedFile } from "./ranges_options.ts";
import type {
  BatchOptions,
  DownloadOptions,
  FileOptions,
  MemoryOptions,
  SyncDownloadOptions,
  SyncFileOptions,
  SyncMemoryOptions,
} from "./download_options.ts";

/** The valid names of {@linkcode SyncDownloadOptions}. */
const SYNC_DOWNLOAD_OPTIONS: OptionNames<SyncDownloadOptions> = {
  decompress: true,
};
/** The valid names of {@linkcode SyncMemoryOptions}. */
export const SYNC_MEMORY_OPTIONS: OptionNames<SyncMemoryOptions> = {
  ...SYNC_DOWNLOAD_OPTIONS,
  maxBytes: true,
};
/** The valid names of {@linkcode SyncFileOptions}. */
export const SYNC_FILE_OPTIONS: OptionNames<SyncFileOptions> = {
  ...SYNC_DOWNLOAD_OPTIONS,
  trustEtag: true,
};
const DOWNLOAD_OPTIONS: OptionNames<DownloadOptions> = {
  ...SYNC_DOWNLOAD_OPTIONS,
  signal: true,
  onProgress: true,
};
const MEMORY_OPTIONS: OptionNames<MemoryOptions> = {
  ...DOWNLOAD_OPTIONS,
  maxBytes: true,
};
const FILE_OPTIONS: OptionNames<FileOptions> = {
  ...DOWNLOAD_OPTIONS,
  sha256: true,
  trustEtag: true,
  expectedSize: true,
  replaceByDamaged: true,
  rowIndex: true,
};
const BATCH_OPTIONS: OptionNames<BatchOptions> = {
  ...MEMORY_OPTIONS,
  onFailure: true,
};

/** A download's checked options, with defaults. */
export interface CheckedDownloadOptions extends DownloadOptions {
  decompress: boolean;
  /** Called before each retry. */
  onRetry?: (() => void) | undefined;
}

/** The checked options of a download into memory, with defaults. */
export interface CheckedMemoryOptions extends CheckedDownloadOptions {
  maxBytes: number;
}

/** The checked options of a download to a file, with defaults. */
export interface CheckedFileOptions extends CheckedDownloadOptions {
  sha256: boolean;
  trustEtag: boolean;
  expectedSize: number | undefined;
  replaceByDamaged: boolean;
  rowIndex: boolean;
  /** What is there already, whole, and only has to be proven. */
  collected?: CollectedFile | undefined;
}

/** Checks a bucket, a key and the options of a download to a file. */
export function checkFileDownload(
  bucket: unknown,
  key: unknown,
  options: unknown,
  names: OptionNames<SyncFileOptions> = FILE_OPTIONS,
): CheckedFileOptions {
  const checked = checkDownload(bucket, key, options, names);
  const { sha256 = false, trustEtag = false, expectedSize } =
    options as FileOptions;
  const { replaceByDamaged = false, rowIndex = false } = options as FileOptions;
  assertBoolean(sha256, "sha256");
  assertBoolean(trustEtag, "trustEtag");
  assertBoolean(replaceByDamaged, "replaceByDamaged");
  assertBoolean(rowIndex, "rowIndex");
  if (expectedSize !== undefined) {
    assertInteger(expectedSize, "expectedSize", 0);
  }
  return {
    ...checked,
    sha256,
    trustEtag,
    expectedSize,
    replaceByDamaged,
    rowIndex,
  };
}

/** Checks a bucket, a key and the options of a download into memory. */
export function checkMemoryDownload(
  bucket: unknown,
  key: unknown,
  options: unknown,
  names: Readonly<Record<string, true>> = MEMORY_OPTIONS,
): CheckedMemoryOptions {
  assertBucketName(bucket);
  assertKey(key);
  return checkMemoryOptions(options, names);
}

/** Checks the options of a batch of downloads. */
export function checkBatchOptions(
  options: unknown,
): CheckedMemoryOptions & Pick<BatchOptions, "onFailure"> {
  const checked = checkMemoryOptions(options, BATCH_OPTIONS);
  const { onFailure } = options as BatchOptions;
  assertFunction(onFailure, "onFailure");
  return { ...checked, onFailure };
}

function checkMemoryOptions(
  options: unknown,
  names: Readonly<Record<string, true>>,
): CheckedMemoryOptions {
  const checked = checkDownloadOptions(options, names);
  const { maxBytes = 2 ** 31 } = options as MemoryOptions;
  assertInteger(maxBytes, "maxBytes", 0);
  return { ...checked, maxBytes };
}

/** Checks a bucket, a key and a download's options. */
export function checkDownload(
  bucket: unknown,
  key: unknown,
  options: unknown,
  names: Readonly<Record<string, true>> = DOWNLOAD_OPTIONS,
): CheckedDownloadOptions {
  assertBucketName(bucket);
  assertKey(key);
  return checkDownloadOptions(options, names);
}

function checkDownloadOptions(
  options: unknown,
  names: Readonly<Record<string, true>>,
): CheckedDownloadOptions {
  assertOptions(options, names);
  const { decompress = true, signal, onProgress } = options as DownloadOptions;
  assertBoolean(decompress, "decompress");
  assertSignal(signal);
  assertFunction(onProgress, "onProgress");
  return { decompress, signal, onProgress };
}
