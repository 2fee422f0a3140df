import {
  DamagedAtSourceError,
  IntegrityError,
  ObjectChangedError,
  ServiceError,
} from "../base/mod.ts";
import { PartFile } from "../files/mod.ts";
import type { CheckedFileOptions } from "./check_download.ts";
import type { DownloadedFile } from "./downloaded_file.ts";
import { FileDownload, UnconfirmedDamageError } from "./file_download.ts";
import type { ObjectSource } from "./object_source.ts";
import { runTwice } from "./run_twice.ts";
import type { CollectedFile } from "./ranges_options.ts";
import type { Ranging } from "./settings.ts";

/**
 * Downloads one object to a file, and resumes what an earlier run has left of it.
 *
 * @param source The object.
 * @param path The file's path.
 * @param options How.
 * @param ranging When to fetch it in ranges.
 * @param allowSyncIO Whether to write with synchronous calls.
 */
export async function downloadToFile(
  source: ObjectSource,
  path: string,
  options: CheckedFileOptions,
  ranging: Ranging,
  allowSyncIO: boolean,
): Promise<DownloadedFile> {
  const { collected } = options;
  if (collected !== undefined) {
    return await proveCollected(source, path, collected, options, allowSyncIO);
  }
  using part = await PartFile.open(path, allowSyncIO);
  const earlier = part.earlierOf(source.bucket, source.key);
  const download = new FileDownload(source, part, options, ranging);
  try {
    return await runTwice(
      (isAgain) => download.run(isAgain ? undefined : earlier),
      source.onRetry,
      (error) =>
        error instanceof ObjectChangedError ||
        error instanceof UnconfirmedDamageError ||
        earlier !== undefined && isAboutVersion(error),
    );
  } catch (error) {
    if (error instanceof IntegrityError) await part.discard();
    else await part.keep();
    throw error;
  }
}

/** Proves what was put together of ranges. Whatever happens to it then is up to the caller. */
async function proveCollected(
  source: ObjectSource,
  path: string,
  collected: CollectedFile,
  options: CheckedFileOptions,
  allowSyncIO: boolean,
): Promise<DownloadedFile> {
  using part = await PartFile.open(path, allowSyncIO, collected.base);
  await part.makeFolder();
  return await new FileDownload(
    source,
    part,
    options,
    NO_RANGES,
    new Set(collected.damaged),
  ).prove(collected);
}

/** Nothing is fetched. */
const NO_RANGES: Ranging = { threshold: Infinity, size: 1, atOnce: 1 };

/** Whether an error says that what an earlier run has left is of no use. */
function isAboutVersion(error: unknown): boolean {
  return error instanceof IntegrityError &&
      !(error instanceof DamagedAtSourceError) ||
    error instanceof ServiceError && error.status === 416;
}
