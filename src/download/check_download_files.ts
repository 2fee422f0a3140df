import {
  assertArray,
  assertBoolean,
  assertBucketName,
  assertFunction,
  assertInteger,
  assertKey,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../base/mod.ts";
import { checkPath } from "./check_path.ts";
import type { DownloadFilesOptions } from "./download_files_options.ts";

const OPTIONS: OptionNames<DownloadFilesOptions> = {
  decompress: true,
  trustEtag: true,
  signal: true,
  dryRun: true,
  maxConcurrent: true,
  onEvent: true,
  fetch: true,
};

/** Checks the arguments of `AsyncS3Downloader.downloadFiles`. */
export function checkDownloadFiles(
  bucket: unknown,
  keys: unknown,
  folder: unknown,
  options: unknown,
): void {
  assertBucketName(bucket);
  assertArray(keys, "keys");
  keys.forEach(assertKey);
  checkPath(folder);
  assertOptions(options, OPTIONS);
  const { decompress, trustEtag, signal, dryRun, maxConcurrent = 1 } =
    options as DownloadFilesOptions;
  const { onEvent, fetch } = options as DownloadFilesOptions;
  assertBoolean(decompress ?? true, "decompress");
  assertBoolean(trustEtag ?? false, "trustEtag");
  assertBoolean(dryRun ?? false, "dryRun");
  assertSignal(signal);
  assertInteger(maxConcurrent, "maxConcurrent", 1);
  assertFunction(onEvent, "onEvent");
  assertFunction(fetch, "fetch");
}
