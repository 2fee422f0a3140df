/**
 * Many objects to a verified folder: a {@linkcode Mirror} plans what is to be fetched,
 * fetches it, and can prove at any time that its copy is whole. What the downloaders
 * offer is here as well.
 *
 * @example
 * ```ts ignore
 * import { AsyncS3Downloader, Mirror } from "@flatbed/flatbed/mirror";
 *
 * await using downloader = new AsyncS3Downloader({
 *   accessKeyId: Deno.env.get("MASSIVE_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("MASSIVE_SECRET_ACCESS_KEY") ?? "",
 * });
 * await using mirror = await Mirror.open("data", { downloader });
 * const plan = await mirror.plan({ dataTypes: ["stocks_daily"] });
 * await mirror.sync(plan, {
 *   onEvent(event) {
 *     if (event.event === "fetched") console.log(event.path);
 *   },
 * });
 * ```
 *
 * @module
 */

export type { DataType } from "../catalog/mod.ts";
export * from "../download/mod.ts";
export type {
  Coverage,
  CoverageDay,
  CoverageOptions,
  DamagedDay,
  DayState,
} from "./coverage.ts";
export {
  type LockHolder,
  MirrorBusyError,
  MirrorDamagedError,
  NotEnoughSpaceError,
} from "./errors.ts";
export type { FileForm } from "./file_form.ts";
export type { ListedMonth, ListingProgress } from "./listing.ts";
export type { ManifestEntry } from "./manifest_entry.ts";
export type { DatesByType } from "./dates_by_type.ts";
export type { FloorOutcome } from "./floor.ts";
export {
  type Entitlement,
  Mirror,
  type MirrorOptions,
  type MissingFile,
} from "./mirror.ts";
export type {
  Plan,
  PlanItem,
  PlanOptions,
  PlanRange,
  PlanReason,
  PlanState,
} from "./plan.ts";
export { dueAt, isDue } from "../catalog/mod.ts";
export type {
  KeptEvent,
  KeptReason,
  ReleasedEvent,
  ReleasedFile,
  ReleaseEvent,
  ReleaseOptions,
  ReleaseSummary,
} from "./release_event.ts";
export type {
  AcceptedEvent,
  AdoptedFileEvent,
  DamagedAtSourceEvent,
  EventFile,
  ExaminingEvent,
  FailedEvent,
  FetchedEvent,
  FetchingEvent,
  MissingEvent,
  ProgressEvent,
  RefusedEvent,
  StartEvent,
  SummaryEvent,
  SyncEvent,
  SyncOptions,
  SyncSummary,
} from "./sync_event.ts";
export type {
  AdoptedEvent,
  CheckedEvent,
  IgnoredEvent,
  IgnoredFile,
  NotRepairedEvent,
  ProblemEvent,
  ProblemKind,
  RepairedEvent,
  VerifyEvent,
  VerifyMode,
  VerifyOptions,
  VerifyProblem,
  VerifyReport,
} from "./verify_report.ts";
