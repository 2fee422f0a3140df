import { type ReadableBucket, routeRead } from "../../service/mod.ts";
import { toLayout } from "../../catalog/mod.ts";
import type { Answer } from "../../service/mod.ts";
import type { DemoBucket } from "./demo_bucket.ts";
import type { Operation } from "./fault.ts";
import { isWrite, routeWrite, type WriteRequest } from "./route_write.ts";
import type { Uploads } from "./uploads.ts";

/** What a request asks for, and its answer where no fault comes in between. */
export interface DemoRoute {
  /** The name of the operation, as S3 calls it. */
  readonly name: string;
  /** What it is for faults. */
  readonly operation?: Operation;
  /** The key, or for a listing the prefix. */
  readonly subject: string;
  /** Makes the answer. */
  answer(): Answer | Promise<Answer>;
}

/**
 * Finds out what a request asks for.
 *
 * @throws {S3Error} If the service cannot do that.
 */
export function routeRequest(
  request: WriteRequest,
  bucketName: string,
  bucket: DemoBucket,
  uploads?: Uploads,
): DemoRoute {
  const { target } = request;
  if (
    uploads !== undefined && target.bucket === bucketName && isWrite(request)
  ) {
    const { name, answer } = routeWrite(request, bucket, uploads);
    return { name, operation: "write", subject: target.key, answer };
  }
  const prefix = new Map(target.query).get("prefix") ?? "";
  return routeRead(request, readable(bucket, bucketName, prefix));
}

/**
 * The bucket as it is read. A prefix under the documented name of a root is answered under
 * that name.
 */
function readable(
  bucket: DemoBucket,
  name: string,
  prefix: string,
): ReadableBucket {
  const live = (key: string) => toLayout(key, "live");
  const isLive = prefix === live(prefix);
  const find = (key: string) => bucket.find(live(key));
  return {
    name,
    *keysFrom(from, prefix) {
      for (const key of bucket.keysFrom(live(from), live(prefix))) {
        yield isLive ? key : toLayout(key, "documented");
      }
    },
    describe: find,
    find,
  };
}
