import { FlatbedError } from "../../base/mod.ts";
import { decompressFile, hasWholeContent } from "../../download/mod.ts";
import { type ObjectInfo, sameEtag } from "../../store/mod.ts";
import type { PutCopy } from "../destination/destination.ts";
import { isAsFetched } from "../is_as_fetched.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { MirrorFile } from "../mirror_file.ts";

/**
 * Makes the decompressed file of an object out of its `.csv.gz`, where the mirror has that
 * one too, and its index: then nothing has to be fetched.
 *
 * @returns The file; `undefined` where it has to be fetched.
 */
export async function decompressStored(
  { destination, files, indexes, manifest }: MirrorContext,
  { key, path, encoding }: MirrorFile,
  object: Partial<Pick<ObjectInfo, "size" | "etag" | "lastModified">>,
  signal: AbortSignal = new AbortController().signal,
): Promise<PutCopy | undefined> {
  const { folder } = destination;
  // From a bucket it would be fetched as well as from the service.
  if (encoding !== "decompressed" || folder === undefined) return undefined;
  const stored = manifest.entry(key, "stored");
  if (stored === undefined || stored.etag === "") return undefined;
  const { etag, size, lastModified, proof } = stored;
  const isSame = object.etag !== undefined && object.size === size &&
    sameEtag(object.etag, etag);
  if (!isSame || stored.isDamaged || stored.gzip !== "whole") return undefined;
  const there = await destination.stat(stored.path);
  if (there === undefined || !isAsFetched(there, stored)) return undefined;
  const index = await indexes.read(stored);
  if (index === undefined || !hasWholeContent(index)) return undefined;
  try {
    const { bytes, sha256 } = await decompressFile(
      files,
      `${folder}/${stored.path}`,
      index,
      `${folder}/${path}`,
      { signal },
    );
    const { mtime = new Date(0) } = await destination.stat(path) ?? {};
    return {
      ...{ bytes, sha256, size, etag, lastModified, mtime, proof },
      gzip: "whole",
      resumedFrom: size,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FlatbedError) return undefined; // the service has it
    throw error;
  }
}
