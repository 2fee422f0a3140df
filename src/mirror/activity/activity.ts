import type { Message } from "../message.ts";

/**
 * How an activity is, or how it ended:
 *
 * - `running`: its process lives, or has given a sign of life not long ago;
 * - `waiting`: it waits for a time, as `flatbed watch` does until the next files are due;
 * - `done`: it did what was to be done;
 * - `failed`: something could not be done;
 * - `stopped`: somebody has interrupted or paused it;
 * - `killed`: its process is not there any more, and never said how it ended;
 * - `silent`: it runs on another machine, if at all, and has given no sign of life for long.
 */
export type ActivityState =
  | "running"
  | "waiting"
  | "done"
  | "failed"
  | "stopped"
  | "killed"
  | "silent";

/** How far an activity is. */
export interface ActivityCounts {
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
  /** How many of them are there, or were read; those of files under way included. */
  readonly bytesDone: number;
}

/** A file that is under way. */
export interface ActivityFile {
  /** The object's key, or the file's path. */
  readonly key: string;
  /** When it was begun. */
  readonly since: Date;
  /** How many of its bytes are there. */
  readonly bytes: number;
  /** How many it has, if that is known. */
  readonly size?: number | undefined;
  /** How fast it came during the last seconds, in bytes a second; 0 where no bytes are counted. */
  readonly bytesPerSecond: number;
}

/** What a download is doing, from the downloader's statistics. */
export interface ActivityTransfer {
  /** The bytes of answers that have arrived. */
  readonly bytesReceived: number;
  /** How fast they came during the last seconds, in bytes a second. */
  readonly bytesPerSecond: number;
  /** Requests that were repeated, and downloads that were resumed. */
  readonly retries: number;
  /** Answers that asked to slow down. */
  readonly throttled: number;
  /** Connections that are in use now. */
  readonly connections: number;
  /** How long each of {@linkcode ActivityTransfer.recent} took, in seconds. */
  readonly interval: number;
  /** How fast bytes came in the last intervals, in bytes a second; the newest last. */
  readonly recent: readonly number[];
}

/** Something that an activity has said. */
export interface ActivityMessage extends Message {
  /** When. */
  readonly at: Date;
}

/** What a process does with a mirror, or did lately, as it says itself. */
export interface Activity {
  /** What tells it from others of the mirror. */
  readonly id: string;
  /** What runs, such as `flatbed sync`. */
  readonly command: string;
  /** What of, for people, such as data types and dates. */
  readonly about?: string | undefined;
  /** The machine, if its name may be known. */
  readonly host?: string | undefined;
  /** The process on that machine. */
  readonly pid: number;
  /** When it began. */
  readonly since: Date;
  /** When it last said anything. */
  readonly updated: Date;
  /** How it is, or how it ended. */
  readonly state: ActivityState;
  /** What it does just now, such as `planning` or `fetching`; empty once it has ended. */
  readonly phase: string;
  /** Until when it waits, if it does. */
  readonly until?: Date | undefined;
  /** How far it is. */
  readonly counts: ActivityCounts;
  /** The files under way; those of a very wide transfer are cut. */
  readonly files: readonly ActivityFile[];
  /** What the download is doing; missing where nothing is fetched. */
  readonly transfer?: ActivityTransfer | undefined;
  /** What it came to, in a line of figures; missing where nothing was finished. */
  readonly summary?: string | undefined;
  /** What it has said last, the oldest first. */
  readonly messages: readonly ActivityMessage[];
  /** The exit code, if it is a command that has ended. */
  readonly exitCode?: number | undefined;
  /** Why it ended, in a sentence, if it was not done. */
  readonly reason?: string | undefined;
}

/** How many messages of an activity are kept. */
export const MOST_MESSAGES = 50;
/** How many files under way are told. */
export const MOST_FILES = 64;
/** How many intervals {@linkcode ActivityTransfer.recent} has at most. */
export const MOST_RECENT = 180;
