import { provingMd5 } from "../../store/mod.ts";
import { examineFile } from "../verify/examine_file.ts";
import { identityOf, isAbsent, statFile } from "../../files/mod.ts";
import { fileAt, partPathsOf, relativePathOf } from "../local_path.ts";
import type { Arrival } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { proveFile, type ProvenFile } from "../verify/prove_file.ts";

/** Content that came to its name was inflated to its end, and found whole. */
const CONTENT: Omit<ProvenFile, "isCertain"> = {
  proof: "gzip",
  gzip: "whole",
  gzipFault: undefined,
};

/**
 * Finds out what became of the files that an earlier run was fetching when it ended. A
 * file comes to its name only when it is whole; one that did is not fetched again.
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
  { catalog, downloader, folder, manifest, now }: MirrorContext,
  { key, encoding, size, etag, lastModified, was }: Arrival,
  signal: AbortSignal | undefined,
): Promise<void> {
  const relative = relativePathOf(key, encoding);
  const path = `${folder}/${relative}`;
  const file = statFile(path);
  const named = fileAt(relative);
  if (identityOf(path) === was || file === undefined) {
    return manifest.withdraw(key, encoding);
  }
  const isStored = encoding === "stored";
  if (
    named === undefined || size === undefined || etag === "" ||
    isStored && file.size !== size
  ) {
    return forget();
  }
  const found = await examineFile(path, {
    md5: isStored && provingMd5({ etag }) !== undefined,
    gzip: isStored,
    signal,
  });
  const proven = isStored
    ? await proveFile(
      found,
      { size, etag },
      () => downloader("recover files").getObjectInfo(catalog.bucket, key),
    )
    : CONTENT;
  if (proven === undefined) return forget();
  // The run may have ended before it had removed them.
  for (const part of partPathsOf(path)) {
    await Deno.remove(part).catch((error) => {
      if (!isAbsent(error)) throw error;
    });
  }
  manifest.record({
    ...named,
    size,
    etag,
    lastModified,
    sha256: found.sha256,
    bytes: found.bytes,
    mtime: found.mtime,
    fetchedAt: now(),
    verifiedAt: undefined,
    isDamaged: false,
    proof: proven.proof,
    gzip: proven.gzip,
    gzipFault: proven.gzipFault,
    releasedAt: undefined,
    withdrawnAt: undefined,
  });

  /** Another file lies there than the one that was known: nothing is known of it. */
  function forget(): void {
    manifest.remove(key, encoding);
  }
}
