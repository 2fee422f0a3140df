/**
 * What Flatbed serves over HTTP of a mirror: the gateway, which is an S3 service that is
 * only read.
 *
 * @module
 */

export { DAY_LOOKS, type DayLook, type DayLookName } from "./day_looks.ts";
export {
  AccessKeyFileError,
  makeAccessKeyFile,
  readAccessKeys,
} from "./gateway/access_key_file.ts";
export type { Gateway, GatewayOptions } from "./gateway/gateway.ts";
export { startGateway } from "./gateway/start_gateway.ts";
export type { GatewayRecord } from "./gateway/request_record.ts";
export { RequestError } from "./ui/answers.ts";
export { startUi, type Ui, type UiOptions } from "./ui/ui.ts";
export type { UiDefaults } from "./ui/api_types.ts";
export type { OpenedMirror, OpenMirrorOptions } from "./ui/ui_context.ts";
