import { type Answer, xmlAnswer } from "./answer.ts";
import type { ReadableBucket } from "./bucket.ts";
import { getObject } from "./get_object.ts";
import { listObjects } from "./list_objects.ts";
import { S3Error } from "./s3_error.ts";
import type { RequestTarget } from "./s3_request.ts";
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

/** The parameters of a presigned URL, which say nothing about what is asked for. */
const PRESIGNED = /^X-Amz-/;

/** The parameters of GetObject that set a header of its answer. */
const OVERRIDES: Readonly<Record<string, string>> = {
  "response-cache-control": "cache-control",
  "response-content-disposition": "content-disposition",
  "response-content-encoding": "content-encoding",
  "response-content-language": "content-language",
  "response-content-type": "content-type",
  "response-expires": "expires",
};

/** A request that reads. */
export interface ReadRequest {
  /** GET or HEAD. */
  readonly method: string;
  /** The path and the query. */
  readonly target: RequestTarget;
  /** The headers. */
  readonly headers: Headers;
}

/** What a request asks for, and its answer. */
export interface Route {
  /** The name of the operation, as S3 calls it. */
  readonly name: string;
  /** What kind of operation it is; not given where it is of no bucket. */
  readonly operation?: "get" | "head" | "list";
  /** The key, or for a listing the prefix. */
  readonly subject: string;
  /** Makes the answer. */
  answer(): Answer | Promise<Answer>;
}

/**
 * Finds out what a request reads.
 *
 * @param request A request whose method is GET or HEAD.
 * @param bucket The service's only bucket.
 * @returns The operation.
 * @throws {S3Error} If the service cannot do that.
 */
export function routeRead(
  { method, target, headers }: ReadRequest,
  bucket: ReadableBucket,
): Route {
  const query = new Map(target.query);
  if (target.bucket === "") {
    return {
      name: "ListBuckets",
      subject: "",
      answer: () => xmlAnswer(200, listBuckets(bucket.name)),
    };
  }
  if (target.bucket !== bucket.name) {
    throw new S3Error(
      404,
      "NoSuchBucket",
      "The specified bucket does not exist",
      { fields: { BucketName: target.bucket } },
    );
  }
  const { key } = target;
  if (key !== "") {
    const part = OBJECT_SUBRESOURCES.find((name) => query.has(name));
    if (part !== undefined) throw notImplemented(part);
    return {
      name: method === "HEAD" ? "HeadObject" : "GetObject",
      operation: method === "HEAD" ? "head" : "get",
      subject: key,
      async answer() {
        const object = await bucket.find(key);
        if (object === undefined) throw noSuchKey(key);
        const answer = getObject(object, headers);
        if (answer.status < 300) override(answer.headers, query);
        return answer;
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
    !LIST_PARAMETERS.includes(name) && !PRESIGNED.test(name)
  );
  if (unknown !== undefined) throw notImplemented(unknown);
  return {
    name: query.has("list-type") ? "ListObjectsV2" : "ListObjects",
    operation: "list",
    subject: query.get("prefix") ?? "",
    answer: async () => xmlAnswer(200, await listObjects(bucket, query)),
  };
}

/**
 * That a bucket has no such object.
 *
 * @param key The key that was asked for.
 * @param why What is to be said besides.
 */
export function noSuchKey(key: string, why = ""): S3Error {
  return new S3Error(
    404,
    "NoSuchKey",
    `The specified key does not exist.${why === "" ? "" : ` ${why}`}`,
    { fields: { Key: key } },
  );
}

/** Sets the headers that a request asks for. */
function override(headers: Headers, query: ReadonlyMap<string, string>): void {
  for (const [parameter, name] of Object.entries(OVERRIDES)) {
    const value = query.get(parameter);
    if (value === undefined) continue;
    if (!/^[\x20-\x7e]*$/.test(value)) {
      throw new S3Error(
        400,
        "InvalidArgument",
        "A header can only have printable ASCII characters",
        { fields: { ArgumentName: parameter } },
      );
    }
    headers.set(name, value);
  }
}

function listBuckets(name: string): string {
  return document(
    `ListAllMyBucketsResult ${S3_NAMESPACE}`,
    `<Owner>${element("ID", "flatbed")}</Owner><Buckets><Bucket>${
      element("Name", name)
    }${element("CreationDate", "2024-01-01T00:00:00.000Z")}</Bucket></Buckets>`,
  );
}

function notImplemented(parameter: string): S3Error {
  return new S3Error(
    501,
    "NotImplemented",
    `This service does not know the parameter '${parameter}'`,
  );
}
