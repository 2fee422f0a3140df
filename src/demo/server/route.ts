import { toLayout } from "../../catalog/mod.ts";
import { type Answer, xmlAnswer } from "./answer.ts";
import type { DemoBucket } from "./demo_bucket.ts";
import type { Operation } from "./fault.ts";
import { getObject } from "./get_object.ts";
import { listObjects } from "./list_objects.ts";
import { S3Error } from "./s3_error.ts";
import { isWrite, routeWrite, type WriteRequest } from "./route_write.ts";
import type { Uploads } from "./uploads.ts";
import { document, element, S3_NAMESPACE } from "./xml.ts";

/** The parameters of GetObject and of listings that change what is answered. */
const OBJECT_SUBRESOURCES = [
  "acl",
  "attributes",
  "legal-hold",
  "partNumber",
  "retention",
  "tagging",
  "torrent",
  "uploadId",
  "versionId",
];

const LIST_PARAMETERS = [
  "continuation-token",
  "delimiter",
  "encoding-type",
  "fetch-owner",
  "list-type",
  "marker",
  "max-keys",
  "prefix",
  "start-after",
  "x-id",
];

/** What a request asks for, and its answer where no fault comes in between. */
export interface Route {
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
): Route {
  const { method, target, headers } = request;
  const query = new Map(target.query);
  if (target.bucket === "") {
    return {
      name: "ListBuckets",
      subject: "",
      answer: () => xmlAnswer(200, listBuckets(bucketName)),
    };
  }
  if (target.bucket !== bucketName) {
    throw new S3Error(
      404,
      "NoSuchBucket",
      "The specified bucket does not exist",
      { fields: { BucketName: target.bucket } },
    );
  }
  const { key } = target;
  if (uploads !== undefined && isWrite(request)) {
    const { name, answer } = routeWrite(request, bucket, uploads);
    return { name, operation: "write", subject: key, answer };
  }
  if (key !== "") {
    const part = OBJECT_SUBRESOURCES.find((name) => query.has(name));
    if (part !== undefined) throw notImplemented(part);
    return {
      name: method === "HEAD" ? "HeadObject" : "GetObject",
      operation: method === "HEAD" ? "head" : "get",
      subject: key,
      answer() {
        const object = bucket.find(toLayout(key, "live"));
        if (object !== undefined) return getObject(object, headers);
        throw new S3Error(
          404,
          "NoSuchKey",
          "The specified key does not exist.",
          { fields: { Key: key } },
        );
      },
    };
  }
  if (method === "HEAD") {
    return {
      name: "HeadBucket",
      operation: "head",
      subject: "",
      answer: () => ({
        status: 200,
        headers: new Headers({ "x-amz-bucket-region": "us-east-1" }),
        size: 0,
        start: 0,
      }),
    };
  }
  if (query.has("location")) {
    return {
      name: "GetBucketLocation",
      subject: "",
      // The first region has no name here.
      answer: () =>
        xmlAnswer(200, document(`LocationConstraint ${S3_NAMESPACE}`, "")),
    };
  }
  const unknown = [...query.keys()].find((name) =>
    !LIST_PARAMETERS.includes(name)
  );
  if (unknown !== undefined) throw notImplemented(unknown);
  return {
    name: query.has("list-type") ? "ListObjectsV2" : "ListObjects",
    operation: "list",
    subject: query.get("prefix") ?? "",
    answer: async () =>
      xmlAnswer(200, await listObjects(bucket, bucketName, query)),
  };
}

function listBuckets(name: string): string {
  return document(
    `ListAllMyBucketsResult ${S3_NAMESPACE}`,
    `<Owner>${element("ID", "flatbed-demo")}</Owner><Buckets><Bucket>${
      element("Name", name)
    }${element("CreationDate", "2024-01-01T00:00:00.000Z")}</Bucket></Buckets>`,
  );
}

function notImplemented(parameter: string): S3Error {
  return new S3Error(
    501,
    "NotImplemented",
    `The demo service does not know the parameter '${parameter}'`,
  );
}
