/**
 * An S3 service of Flatbed's own with made-up market data, for the demo and for
 * tests. Every price, size and time in it is computed from the file's name:
 * nothing of it was ever traded.
 *
 * @module
 */

export { DEMO_CREDENTIALS, type DemoCredentials } from "./credentials.ts";
export { demoFileText, type DemoFileTextOptions } from "./demo_file_text.ts";
export {
  type DemoServer,
  type DemoServerOptions,
  type RequestRecord,
  startDemoServer,
} from "./demo_server.ts";
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
} from "./fault.ts";
export type { FaultPlan, FaultSubject } from "./fault_plan.ts";
export { parseFault } from "./parse_fault.ts";
export type { DemoObjects } from "./static_objects.ts";
export type { StaticObject, StoredObject } from "./stored_object.ts";
