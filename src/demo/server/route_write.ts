import {
  type Answer,
  document,
  element,
  type ReadRequest,
  S3_NAMESPACE,
  S3Error,
  xmlAnswer,
} from "../../service/mod.ts";
import type { DemoBucket } from "./demo_bucket.ts";
import type { StaticObject } from "./static_object.ts";
import { checkBody, type NamedPart, type Uploads } from "./uploads.ts";

/** A request that writes, or asks for what is being written. */
export interface WriteRequest extends ReadRequest {
  readonly body: Uint8Array;
}

/** An operation that writes: its name, and how it is answered. */
interface WriteRoute {
  readonly name: string;
  answer(): Answer;
}

/** How many parts a page of ListParts has at most. */
const MAX_PAGE_PARTS = 1000;

/** Whether a request is one for {@linkcode routeWrite}. */
export function isWrite(
  { method, target }: Pick<WriteRequest, "method" | "target">,
): boolean {
  return ["PUT", "POST", "DELETE"].includes(method) ||
    method === "GET" && target.key !== "" &&
      target.query.some(([name]) => name === "uploadId");
}

/**
 * Finds out what a request writes: PutObject, DeleteObject, and the operations of an upload in parts.
 *
 * @throws {S3Error} If the service cannot do that.
 */
export function routeWrite(
  { method, target, headers, body }: WriteRequest,
  bucket: DemoBucket,
  uploads: Uploads,
): WriteRoute {
  const { key } = target;
  const query = new Map(target.query);
  const id = query.get("uploadId") ?? "";
  const operation = `${method}${query.has("uploads") ? " uploads" : ""}${
    query.has("uploadId") ? " uploadId" : ""
  }`;
  switch (key === "" ? "" : operation) {
    case "PUT":
      return {
        name: "PutObject",
        answer() {
          assertAbsent(headers, bucket, key);
          const etag = checkBody(headers, body);
          bucket.objects.set(key, { ...described(headers), body });
          return emptyAnswer(200, { etag: `"${etag}"` });
        },
      };
    case "POST uploads":
      return {
        name: "CreateMultipartUpload",
        answer: () =>
          xmlAnswer(
            200,
            document(
              `InitiateMultipartUploadResult ${S3_NAMESPACE}`,
              element("Bucket", target.bucket) + element("Key", key) +
                element(
                  "UploadId",
                  uploads.begin(
                    key,
                    described(headers),
                    headers.get("x-amz-checksum-algorithm") === "CRC32",
                  ),
                ),
            ),
          ),
      };
    case "PUT uploadId":
      return {
        name: "UploadPart",
        answer() {
          const number = Number(query.get("partNumber"));
          const { etag, crc32 } = uploads.put(key, id, number, headers, body);
          return emptyAnswer(200, {
            etag: `"${etag}"`,
            ...(crc32 !== undefined && { "x-amz-checksum-crc32": crc32 }),
          });
        },
      };
    case "POST uploadId":
      return {
        name: "CompleteMultipartUpload",
        answer() {
          assertAbsent(headers, bucket, key);
          const object = uploads.complete(key, id, readParts(body));
          bucket.objects.set(key, object);
          return xmlAnswer(
            200,
            document(
              `CompleteMultipartUploadResult ${S3_NAMESPACE}`,
              element("Bucket", target.bucket) + element("Key", key) +
                element("ETag", `"${object.etag}"`),
            ),
          );
        },
      };
    case "DELETE":
      return {
        name: "DeleteObject",
        answer() {
          bucket.objects.delete(key);
          return emptyAnswer(204, {});
        },
      };
    case "DELETE uploadId":
      return {
        name: "AbortMultipartUpload",
        answer() {
          uploads.abort(key, id);
          return emptyAnswer(204, {});
        },
      };
    case "GET uploadId":
      return {
        name: "ListParts",
        answer: () => xmlAnswer(200, listParts(uploads, key, id, query)),
      };
    default:
      throw new S3Error(
        501,
        "NotImplemented",
        "The demo service does not know this way of writing",
      );
  }
}

function assertAbsent(headers: Headers, bucket: DemoBucket, key: string): void {
  if (headers.get("if-none-match") !== "*" || bucket.find(key) === undefined) {
    return;
  }
  throw new S3Error(
    412,
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
    { fields: { Condition: "If-None-Match" } },
  );
}

/** What a request's headers say of an object. */
function described(headers: Headers): Omit<StaticObject, "body"> {
  const prefix = "x-amz-meta-";
  return {
    contentType: headers.get("content-type") ?? undefined,
    metadata: Object.fromEntries(
      [...headers].filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value]),
    ),
  };
}

/** The parts that a CompleteMultipartUpload request names. */
function readParts(body: Uint8Array): NamedPart[] {
  const xml = new TextDecoder().decode(body);
  return [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => {
    const read = (name: string) =>
      new RegExp(`<${name}>([^<]*)</${name}>`).exec(part)?.[1];
    return {
      number: Number(read("PartNumber")),
      etag: (read("ETag") ?? "").replaceAll(/"|&quot;/g, ""),
      crc32: read("ChecksumCRC32"),
    };
  });
}

function listParts(
  uploads: Uploads,
  key: string,
  id: string,
  query: ReadonlyMap<string, string>,
): string {
  const marker = Number(query.get("part-number-marker") ?? 0);
  const most = Math.min(
    MAX_PAGE_PARTS,
    Number(query.get("max-parts") ?? MAX_PAGE_PARTS),
  );
  const all = uploads.parts(key, id).filter(([number]) => number > marker);
  const page = all.slice(0, most);
  const parts = page.map(([number, { bytes, etag, crc32 }]) =>
    `<Part>${element("PartNumber", number)}${element("ETag", `"${etag}"`)}${
      element("Size", bytes.length)
    }${crc32 === undefined ? "" : element("ChecksumCRC32", crc32)}</Part>`
  );
  return document(
    `ListPartsResult ${S3_NAMESPACE}`,
    element("Key", key) + element("UploadId", id) +
      element("IsTruncated", page.length < all.length) +
      element("NextPartNumberMarker", page.at(-1)?.[0] ?? marker) +
      parts.join(""),
  );
}

function emptyAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
): Answer {
  return { status, headers: new Headers(headers), size: 0, start: 0 };
}
