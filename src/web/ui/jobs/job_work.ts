import { describeWork, formatCount } from "../../../base/mod.ts";
import {
  type ActivityRun,
  daysToAccept,
  describeConcerns,
  describeMisplaced,
  type Message,
  type Mirror,
  type VerifyProblem,
} from "../../../mirror/mod.ts";
import type { UiDefaults } from "../api_types.ts";
import { describeRepair, findingsOf } from "./findings.ts";
import type {
  AcceptRequest,
  Finding,
  IndexRequest,
  JobKind,
  JobRequest,
  ParquetRequest,
  RepairPlan,
  SyncRequest,
  VerifyRequest,
} from "./job_types.ts";
import { rangeOf } from "./range_of.ts";
import { namedDays } from "./read_job_request.ts";

/** What a job's work has to hand. */
export interface JobTools {
  /** The mirror, opened as {@linkcode JOB_NEEDS} says. */
  readonly mirror: Mirror;
  /** Where what happens is told; it follows the mirror by itself. */
  readonly activity: ActivityRun;
  /** What the command line and the configuration say. */
  readonly defaults: UiDefaults;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** How a job has come to its end. */
export interface JobEnd {
  /** Whether all is as it should be; otherwise somebody should look. */
  readonly isWell: boolean;
  readonly findings?: readonly Finding[];
  readonly repair?: RepairPlan;
}

/** What a kind of job needs. */
export interface JobNeeds {
  /** Whether it takes the mirror's lock. */
  readonly writes: boolean;
  /** Whether it can be stopped and gone on with later, without doing again what is done. */
  readonly mayPause: boolean;
}

/** What each kind of job needs. An index needs no lock, and a verification only to note its findings. */
export const JOB_NEEDS: Readonly<Record<JobKind, JobNeeds>> = {
  sync: { writes: true, mayPause: true },
  verify: { writes: false, mayPause: false },
  repair: { writes: true, mayPause: false },
  accept: { writes: true, mayPause: false },
  expect: { writes: true, mayPause: false },
  index: { writes: false, mayPause: true },
  parquet: { writes: true, mayPause: true },
};

/** Whether a job asks the service, and needs credentials for it. */
export function asksService(request: JobRequest): boolean {
  const { kind } = request;
  return kind === "sync" || kind === "repair" ||
    kind === "verify" && request.mode === "remote";
}

/** What a job is of, for people. */
export function aboutOf(request: JobRequest): string {
  const { dataTypes } = request;
  switch (request.kind) {
    case "verify":
    case "repair":
      return `${describeWork(dataTypes)}, ${request.mode}`;
    case "accept":
    case "expect":
      return `${describeWork(dataTypes)}, ${request.days.join(" ")}`;
    default: {
      const { last, ...range } = request;
      const of = describeWork(dataTypes, range);
      return last === undefined ? of : `${of}, the last ${lengthOf(last)}`;
    }
  }
}

const UNITS: Readonly<Record<string, string>> = {
  d: "trading day",
  w: "week",
  m: "month",
  y: "year",
};

/** A length of time such as `5d` for people. */
function lengthOf(last: string): string {
  const count = Number(last.slice(0, -1));
  const unit = UNITS[last.slice(-1)] ?? "";
  return count === 1 ? unit : formatCount(count, unit);
}

/** Does what a job is to do. */
export async function doJob(
  request: JobRequest,
  tools: JobTools,
): Promise<JobEnd> {
  switch (request.kind) {
    case "sync":
      return await sync(request, tools);
    case "verify":
    case "repair":
      return await verify(request, tools);
    case "accept":
    case "expect":
      return await accept(request, tools);
    case "index":
      return await index(request, tools);
    case "parquet":
      return await makeParquet(request, tools);
  }
}

async function sync(
  request: SyncRequest,
  tools: JobTools,
): Promise<JobEnd> {
  const { mirror, activity, defaults, signal, now } = tools;
  const { dataTypes, released = false, parquet = false } = request;
  const { maxConcurrent, keepReplaced, trustEtag } = defaults;
  const plan = await mirror.plan<string>({
    dataTypes,
    ...rangeOf(request, dataTypes, now()),
    released,
    signal,
  });
  const { location } = mirror;
  describeConcerns(plan, { location, isDryRun: false, now: now() })
    .forEach((message) => activity.tell(message));
  const { outcome } = await mirror.sync(plan, {
    ...maxConcurrent !== undefined && { maxConcurrent },
    ...keepReplaced !== undefined && { keepReplaced },
    ...trustEtag !== undefined && { trustEtag },
    signal,
  });
  const made = parquet
    ? await makeParquet({ ...request, kind: "parquet" }, tools)
    : { isWell: true };
  return { isWell: outcome === "complete" && made.isWell };
}

async function verify(
  { kind, dataTypes, mode }: VerifyRequest,
  { mirror, activity, signal }: JobTools,
): Promise<JobEnd> {
  const isRepair = kind === "repair";
  const report = await mirror.verify<string>({
    mode,
    repair: isRepair,
    remember: !isRepair && mode !== "quick",
    dataTypes,
    signal,
  });
  const misplaced: Message | undefined = describeMisplaced(report.ignored);
  if (misplaced !== undefined) activity.tell(misplaced);
  const left = report.problems.filter(({ isRepaired }) => !isRepaired);
  const request: VerifyRequest = {
    kind: "repair",
    ...dataTypes !== undefined && { dataTypes },
    mode,
  };
  return {
    isWell: report.isSound,
    findings: findingsOf(left),
    ...!isRepair && repairOf(request, left, mirror),
  };
}

function repairOf(
  request: VerifyRequest,
  problems: readonly VerifyProblem[],
  mirror: Mirror,
): { repair?: RepairPlan } {
  const sizes = new Map(mirror.entries().map(({ key, size }) => [key, size]));
  const repair = describeRepair(problems, (key) => sizes.get(key) ?? 0);
  return repair.files === 0 ? {} : { repair: { request, ...repair } };
}

async function accept(
  request: AcceptRequest,
  { mirror, activity }: JobTools,
): Promise<JobEnd> {
  const isAccept = request.kind === "accept";
  const days = namedDays(request);
  let count = 0;
  for (const dataType of request.dataTypes) {
    const dates = await daysToAccept(mirror, dataType, days, isAccept);
    if (isAccept) await mirror.acceptMissing(dataType, dates);
    else await mirror.forgetAccepted(dataType, dates);
    count += dates.length;
    for (const date of dates) {
      activity.tell({
        level: "info",
        word: isAccept ? "accepted" : "forgotten",
        text: `${dataType}  ${date}`,
      });
    }
  }
  if (count === 0) activity.tell({ level: "note", text: "Nothing changes" });
  return { isWell: true };
}

async function index(
  request: IndexRequest,
  { mirror, signal, now }: JobTools,
): Promise<JobEnd> {
  let isWell = true;
  await mirror.index<string>({
    dataTypes: request.dataTypes,
    ...rangeOf(request, request.dataTypes, now()),
    signal,
    onEvent: (event) => {
      // What cannot have one is no failure.
      if (event.code === "not-indexed" && event.reason !== "not-indexable") {
        isWell = false;
      }
    },
  });
  return { isWell };
}

async function makeParquet(
  request: ParquetRequest,
  { mirror, signal, now }: JobTools,
): Promise<JobEnd> {
  const { failed } = await mirror.toParquet<string>({
    dataTypes: request.dataTypes,
    ...rangeOf(request, request.dataTypes, now()),
    signal,
  });
  return { isWell: failed === 0 };
}
