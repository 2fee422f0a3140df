import { provingMd5 } from "../../store/mod.ts";
import type { Arrival } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { examineFile } from "../verify/examine_file.ts";
import { proveFile, type ProvenFile } from "../verify/prove_file.ts";
import { newEntry } from "./new_entry.ts";

/** Content is only put once it was inflated to its end, and found whole. */
const CONTENT: Omit<ProvenFile, "isCertain"> = {
  proof: "gzip",
  gzip: "whole",
  gzipFault: undefined,
};

/**
 * Finds out what became of the files that an earlier run was fetching when it ended. A
 * file is only put at its path when it is whole: then it is not fetched again.
 */
export async function recoverArrivals(
  context: MirrorContext,
  signal?: AbortSignal,
): Promise<void> {
  for (const arrival of context.manifest.arrivals()) {
    await recover(context, arrival, signal);
  }
}

async function recover(
  { catalog, destination, downloader, indexes, manifest, now }: MirrorContext,
  arrival: Arrival,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { key, path, encoding, size, etag, lastModified, was } = arrival;
  const there = await destination.stat(path);
  if (there === undefined || there.identity === was) {
    return manifest.withdraw(key, encoding);
  }
  // Nothing is known of a file that is neither the old nor the new version.
  const forget = () => manifest.remove(key, encoding);
  const isStored = encoding === "stored";
  if (size === undefined || etag === "" || isStored && there.bytes !== size) {
    return forget();
  }
  const found = await examineFile(destination, path, {
    md5: isStored && provingMd5({ etag }) !== undefined,
    gzip: isStored,
    signal,
  });
  const proven = isStored
    ? await proveFile(
      found,
      { size, etag },
      () =>
        downloader("recover files")
          .getObjectInfo(catalog.bucket, key, { signal }),
    )
    : CONTENT;
  if (proven === undefined) return forget();
  await destination.discard(path); // the run may have ended before it did that
  const version = { size, etag, lastModified };
  const entry = newEntry(arrival, version, { ...found, ...proven }, now());
  if (isStored) await indexes.replace(entry, undefined);
  manifest.record(entry);
}
