/**
 * An S3 service of Flatbed's own with made-up market data, for the demo and for
 * tests. Every price, size and time in it is computed from the file's name:
 * nothing of it was ever traded.
 *
 * @module
 */

export {
  DEMO_CREDENTIALS,
  type DemoCredentials,
} from "./server/credentials.ts";
export {
  demoFileText,
  type DemoFileTextOptions,
} from "./data/demo_file_text.ts";
export { ROW_ORDERS, type RowOrder } from "./data/row_order.ts";
export {
  type DemoServer,
  type DemoServerOptions,
  startDemoServer,
} from "./server/demo_server.ts";
export type {
  AnswerFault,
  ChangedEtagFault,
  DamagedSourceFault,
  DropFault,
  EncryptedFault,
  Fault,
  FaultMatch,
  FlipBitFault,
  ForbiddenFault,
  Operation,
  SourceFault,
  StallFault,
  StatusFault,
  TruncateFault,
  WrongLengthFault,
} from "./server/fault.ts";
export type { FaultPlan, FaultSubject } from "./server/fault_plan.ts";
export { parseFault } from "./server/parse_fault.ts";
export type { DemoObjects } from "./server/static_objects.ts";
export type { StaticObject } from "./server/static_object.ts";
export type { StoredObject } from "../service/mod.ts";
export type { RequestRecord } from "./server/request_record.ts";
