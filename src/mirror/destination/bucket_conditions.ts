import { FlatbedError, ObjectChangedError } from "../../base/mod.ts";
import { STATE_FOLDER } from "../state_folder.ts";
import type { Bucket } from "./bucket.ts";

/** Which conditions a bucket looks at when an object is put. */
export interface BucketConditions {
  /** `If-None-Match: *`: only where there is none yet. */
  ifAbsent: boolean;
  /** `If-Match`: only in place of a certain version. */
  ifMatch: boolean;
}

/** An object of the mirror's own, to try it with. */
const PROBE = `${STATE_FOLDER}/conditions`;
const CONTENT = new TextEncoder().encode(
  "Flatbed tries here whether the bucket knows conditional writes.\n",
);
/** No content has this MD5, as far as is known. */
const OTHER_ETAG = "0".repeat(32);

/**
 * Tries which conditions a bucket knows: some services ignore them, and others refuse them.
 * It takes two or three requests.
 *
 * @param path The object to try it with, which may be there.
 * @throws {FlatbedError} If nothing can be put at all.
 */
export async function probeConditions(
  bucket: Bucket,
  signal?: AbortSignal,
  path = PROBE,
): Promise<BucketConditions> {
  const first = await tryPut(bucket, path, { ifAbsent: true, signal });
  // It may be the first time.
  const ifAbsent = first === "written"
    ? await tryPut(bucket, path, { ifAbsent: true, signal })
    : first;
  // There must be something to replace.
  if (first === "unknown") await bucket.put(path, CONTENT, { signal });
  const ifMatch = await tryPut(bucket, path, { ifMatch: OTHER_ETAG, signal });
  return { ifAbsent: ifAbsent === "refused", ifMatch: ifMatch === "refused" };
}

/** Whether it was written, the condition was looked at, or is not known. */
async function tryPut(
  bucket: Bucket,
  path: string,
  options: {
    ifAbsent?: true;
    ifMatch?: string;
    signal: AbortSignal | undefined;
  },
): Promise<"written" | "refused" | "unknown"> {
  try {
    await bucket.put(path, CONTENT, options);
    return "written";
  } catch (error) {
    if (error instanceof ObjectChangedError) return "refused";
    const isUnknown = error instanceof FlatbedError &&
      error.code === "service" && [400, 501].includes(error.status ?? 0);
    if (isUnknown) return "unknown";
    throw error;
  }
}
