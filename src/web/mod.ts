/**
 * What Flatbed serves over HTTP of a mirror: the gateway, which is an S3 service that is
 * only read.
 *
 * @module
 */

export {
  AccessKeyFileError,
  makeAccessKeyFile,
  readAccessKeys,
} from "./gateway/access_key_file.ts";
export {
  type Gateway,
  type GatewayOptions,
  startGateway,
} from "./gateway/gateway.ts";
export type { GatewayRecord } from "./gateway/request_record.ts";
