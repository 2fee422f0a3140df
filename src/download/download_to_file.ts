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

/** Whether an error says that what an earlier run has left is of no use. */
function isAboutVersion(error: unknown): boolean {
  return error instanceof IntegrityError &&
      !(error instanceof DamagedAtSourceError) ||
    error instanceof ServiceError && error.status === 416;
}
