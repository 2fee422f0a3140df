/**
 * What the page asks of jobs and is told of them, shared by the server and the page: types
 * alone, of a module that imports nothing.
 *
 * @module
 */

/** Days by their ends, or by how long ago they are; all that are there where nothing is said. */
export interface DayChoice {
  /** The first date, `YYYY-MM-DD`. */
  readonly from?: string;
  /** The last one; today by default. */
  readonly to?: string;
  /** Instead of the first: the last trading days, weeks, months or years, such as `5d`. */
  readonly last?: string;
}

/** To fetch what is missing or was replaced, as `flatbed sync` does. */
export interface SyncRequest extends DayChoice {
  readonly kind: "sync";
  readonly dataTypes: readonly string[];
  /** Whether released files are fetched again. */
  readonly released?: boolean;
  /** Whether Parquet files are made afterwards. */
  readonly parquet?: boolean;
}

/** To check files, as `flatbed verify` does, or to bring in order what is not. */
export interface VerifyRequest {
  readonly kind: "verify" | "repair";
  /** All by default. */
  readonly dataTypes?: readonly string[];
  readonly mode: "quick" | "full" | "remote";
}

/** To accept that days are missing, or to expect them again, as `flatbed missing` does. */
export interface AcceptRequest {
  readonly kind: "accept" | "expect";
  readonly dataTypes: readonly string[];
  /** Dates, and ranges such as `2024-01-02..2024-01-31`. */
  readonly days: readonly string[];
}

/** To make the indexes that are lacking, as `flatbed index` does. */
export interface IndexRequest extends DayChoice {
  readonly kind: "index";
  /** All by default. */
  readonly dataTypes?: readonly string[];
}

/** To make Parquet files, as `flatbed parquet` does. */
export interface ParquetRequest extends DayChoice {
  readonly kind: "parquet";
  /** All by default. */
  readonly dataTypes?: readonly string[];
}

/** What a job is to do. */
export type JobRequest =
  | SyncRequest
  | VerifyRequest
  | AcceptRequest
  | IndexRequest
  | ParquetRequest;

/** What a job does. */
export type JobKind = JobRequest["kind"];

/**
 * How a job is:
 *
 * - `queued`: it waits for those before it;
 * - `running`: it works; `pausing` and `cancelling`: it is about to end;
 * - `paused`: it has stopped and given the mirror's lock back, and goes on where it was;
 * - `done`: it did what was to be done; `attention`: it came to its end, and something needs somebody;
 * - `failed`: an error has ended it;
 * - `cancelled`: somebody has.
 */
export type JobState =
  | "queued"
  | "running"
  | "pausing"
  | "cancelling"
  | "paused"
  | "done"
  | "attention"
  | "failed"
  | "cancelled";

/** Something to know, in the words of the command line. */
export interface PageMessage {
  /** Whether it tells of a problem, of something to know, or just of what was done. */
  readonly level: "info" | "note" | "error";
  /** The word that its line begins with, such as `fetched`; none where it is a sentence. */
  readonly word?: string | undefined;
  /** The rest of the line, or the sentence. */
  readonly text: string;
}

/** Something that a job has said. */
export interface JobMessage extends PageMessage {
  /** When, in ISO 8601. */
  readonly at: string;
}

/** How far a job is. */
export interface JobCounts {
  /** How many files there are to do, if that is known. */
  readonly files?: number | undefined;
  /** How many of them are done. */
  readonly filesDone: number;
  /** How many of them failed. */
  readonly filesFailed: number;
  /** How many files were there before. */
  readonly present?: number | undefined;
  /** How many bytes there are to fetch or to read, if that is known. */
  readonly bytes?: number | undefined;
  /** How many of them are there; those of files under way included. */
  readonly bytesDone: number;
}

/** A file that a job has under way. */
export interface JobFile {
  /** The object's key, or the file's path. */
  readonly key: string;
  /** How many of its bytes are there. */
  readonly bytes: number;
  /** How many it has, if that is known. */
  readonly size?: number;
}

/** Problems of one kind that a verification has found. */
export interface Finding {
  /** What is wrong, such as `damaged`. */
  readonly code: string;
  /** What is wrong, to complete a sentence after a path and a colon. */
  readonly reason: string;
  /** How many files have it. */
  readonly count: number;
  /** Some of their paths. */
  readonly paths: readonly string[];
  /** How many of them a repair would try. */
  readonly repairable: number;
}

/** What the repair of what a verification has found would do. */
export interface RepairPlan {
  /** What is to be started for it. */
  readonly request: VerifyRequest;
  /** How many files it would try. */
  readonly files: number;
  /** What would happen to them, a sentence for each kind. */
  readonly lines: readonly string[];
}

/** A job, as the page shows it. */
export interface Job {
  readonly id: string;
  readonly request: JobRequest;
  /** What it is of, for people. */
  readonly about: string;
  readonly state: JobState;
  /** When it was asked for, in ISO 8601. */
  readonly since: string;
  /** When it ended, if it has. */
  readonly ended?: string;
  /** What it does just now, such as `fetching`; empty unless it runs. */
  readonly phase: string;
  readonly counts: JobCounts;
  /** How fast bytes come, in bytes a second; 0 where none do. */
  readonly bytesPerSecond: number;
  /** Some of the files under way. */
  readonly files: readonly JobFile[];
  /** What it has said last, the oldest first. */
  readonly messages: readonly JobMessage[];
  /** Whether it can be paused: what is done would not have to be done again. */
  readonly mayPause: boolean;
  /** Why it has failed: the code tells programs, the message people what to do. */
  readonly error?: { readonly code: string; readonly message: string };
  /** What a verification has found. */
  readonly findings?: readonly Finding[];
  /** What a repair of that would do, if there is something to be done. */
  readonly repair?: RepairPlan;
}

/** Answer of `GET /api/jobs`, and the event `job`. */
export interface JobsAnswer {
  /** The jobs that run or wait in their order, then those that have ended, the last one first. */
  readonly jobs: readonly Job[];
}

/** Answer of `POST /api/jobs`. */
export interface StartAnswer {
  readonly job: Job;
  /** Whether it is new; `false` if the same was running or waiting already. */
  readonly isNew: boolean;
}

/** Answer of `POST /api/jobs/pause`, `resume` and `cancel`. */
export interface JobAnswer {
  readonly job: Job;
}

/** What a plan has of a dataset. */
export interface PlanRow {
  /** The dataset's id. */
  readonly dataType: string;
  /** The first date with a file, `YYYY-MM-DD`. */
  readonly from: string;
  /** The last one. */
  readonly to: string;
  /** How many files are to be fetched. */
  readonly fetch: number;
  /** Their stored bytes, as far as they are known. */
  readonly bytes: number;
  /** How many are there already. */
  readonly present: number;
  /** How many are neither. */
  readonly other: number;
}

/** Answer of `POST /api/plan`: what a sync would do. */
export interface PlanAnswer {
  /** A row for each dataset. */
  readonly rows: readonly PlanRow[];
  /** How many files are to be fetched. */
  readonly files: number;
  /** Their stored bytes. */
  readonly bytes: number;
  /** What it needs of the disk in bytes, and what is free; `undefined` if that is not known. */
  readonly space: {
    readonly needed: number;
    readonly free?: number | undefined;
  };
  /** What there is to know, in the words of the command line. */
  readonly messages: readonly PageMessage[];
  /** Which days are not fetched, and why, such as `Refused` and `stocks_daily 2003-09-10`. */
  readonly notFetched: readonly (readonly [why: string, days: string])[];
}

/** Answer of `POST /api/accept-plan`: which days would be accepted or expected again. */
export interface AcceptPlanAnswer {
  readonly count: number;
  /** The days as text, ranges together. */
  readonly days: string;
}
