/**
 * Objects over HTTP: head, ranged get, list and put, with typed errors, retries and a body
 * that resumes where the connection broke.
 *
 * @module
 */

export { type Clock, SharedBackoff } from "./backoff.ts";
export { type Traffic, TrafficMeter } from "./traffic_meter.ts";
export { readCertificates } from "./certificates.ts";
export { checkCredentials, type Credentials } from "./credentials.ts";
export { checkEndpoint, checkEndpointPath, isLoopback } from "./endpoint.ts";
export { Md5 } from "./md5.ts";
export { SavableMd5, type SavedMd5 } from "./savable_md5.ts";
export { type ObjectInfo, sameEtag } from "./object_info.ts";
export { findProxy, type Proxy } from "./proxy.ts";
export { probeService, type ServiceProbe } from "./probe_service.ts";
export { type GzipState, type Proof, proofOf, provingMd5 } from "./proof.ts";
export { readAwsProfile } from "./read_aws_profile.ts";
export { readVariable } from "./read_variable.ts";
export { ResumableBody, type ResumableBodyOptions } from "./resumable_body.ts";
export type { ListPage } from "./listing.ts";
export type {
  CopyObjectOptions,
  GetOptions,
  ListOptions,
  ObjectResponse,
  ObjectStore,
  OpenUpload,
  PutOptions,
  RequestOptions,
  ResumeOptions,
  WritableObjectStore,
} from "./object_store.ts";
export { SignedStore, type SignedStoreOptions } from "./signed_store.ts";
export { AwsStore, type AwsStoreOptions } from "./aws.ts";
export {
  isNoUpload,
  type ListedPart,
  type PutRequests,
  type StoredPart,
} from "./put_requests.ts";
export {
  MAX_PART_BYTES,
  MIN_PART_BYTES,
  partSizeOf,
} from "./upload_part_size.ts";
export type { AwsClient } from "./aws_client.ts";
export {
  type AwsClientOptions,
  makeAwsClient,
  type OwnAwsClient,
} from "./make_aws_client.ts";
