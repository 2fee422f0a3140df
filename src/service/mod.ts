/**
 * The S3 protocol on the server's side: what a request asks for, whether it is signed, and
 * how it is answered. Where objects come from, and how bytes go out, is for others.
 *
 * @module
 */

export { type Answer, xmlAnswer } from "./answer.ts";
export type { ReadableBucket } from "./bucket.ts";
export {
  noSuchKey,
  type ReadRequest,
  type Route,
  routeRead,
} from "./route_read.ts";
export { S3Error, type S3ErrorDetails } from "./s3_error.ts";
export { parseTarget, type RequestTarget } from "./s3_request.ts";
export {
  type AccessKey,
  type SignatureRules,
  type SignedRequest,
  verifySignature,
} from "./signature.ts";
export type { ObjectBody, ObjectFacts, StoredObject } from "./stored_object.ts";
export { document, element, escapeXml, S3_NAMESPACE } from "./xml.ts";
