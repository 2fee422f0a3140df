import type { PutOptions } from "../../store/mod.ts";
import type { Bucket } from "./bucket.ts";
import type { BucketConditions } from "./bucket_conditions.ts";
import { etagOfCopy } from "./copy_info.ts";
import type { CopyOptions } from "./put_copy.ts";

/**
 * The condition under which an object is put, as far as the bucket knows conditions: that
 * what is there now has not been replaced meanwhile, and that nothing is there where nothing was.
 *
 * @param context The bucket.
 * @param path Where the object is put.
 * @param options What is there, if that is known: otherwise it is looked up.
 * @throws {FlatbedError} If that cannot be found out.
 */
export async function conditionOf(
  { bucket, conditions }: {
    bucket: Bucket;
    conditions(signal?: AbortSignal): Promise<BucketConditions>;
  },
  path: string,
  { there, signal }: Pick<CopyOptions, "there" | "signal">,
): Promise<Pick<PutOptions, "ifAbsent" | "ifMatch">> {
  const knows = await conditions(signal);
  if (!knows.ifAbsent && !knows.ifMatch) return {};
  const etag = there === undefined
    ? (await bucket.stat(path, { signal }))?.etag
    : there === null
    ? undefined
    : etagOfCopy(there);
  if (etag === undefined) return knows.ifAbsent ? { ifAbsent: true } : {};
  return knows.ifMatch ? { ifMatch: etag } : {};
}
