import {
  FlatbedError,
  type FlatbedErrorOptions,
  NoSpaceError,
} from "../base/mod.ts";

/** Who holds a mirror's lock, as far as it is known. */
export interface LockHolder {
  /** The process id. */
  pid: number;
  /** What the process runs; with its arguments only if it gave them itself. */
  command: string;
  /** The machine's name, if the process may read it. */
  host?: string | undefined;
  /** When it took the lock, in ISO 8601. */
  since: string;
}

/**
 * Another process, or another part of this one, is writing to the mirror.
 *
 * @example
 * ```ts
 * import { MirrorBusyError } from "@flatbed/flatbed/mirror";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new MirrorBusyError("Cannot open mirror 'data': it is in use");
 * assertEquals([error.code, error.holder], ["mirror-busy", undefined]);
 * ```
 */
export class MirrorBusyError extends FlatbedError {
  /** The name of the class. */
  override name = "MirrorBusyError";
  /** Who is writing to it, if that can be read. */
  readonly holder: LockHolder | undefined;
  /** Makes the error. */
  constructor(
    message: string,
    options: FlatbedErrorOptions & { holder?: LockHolder | undefined } = {},
  ) {
    super("mirror-busy", message, options);
    this.holder = options.holder;
  }
}

/**
 * A mirror's manifest cannot be used: it is damaged, is not a manifest, was written by a
 * newer version, or was removed or replaced while the mirror was in use.
 *
 * @example
 * ```ts
 * import { MirrorDamagedError } from "@flatbed/flatbed/mirror";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new MirrorDamagedError("Cannot read the manifest", {
 *   reason: "unreadable",
 * });
 * assertEquals([error.code, error.reason], ["mirror-damaged", "unreadable"]);
 * ```
 */
export class MirrorDamagedError extends FlatbedError {
  /** The name of the class. */
  override name = "MirrorDamagedError";
  /** Whether it cannot be read, was written by a newer version, or was removed or replaced while the mirror was in use. */
  readonly reason: "unreadable" | "newer-version" | "replaced";
  /** Makes the error. */
  constructor(
    message: string,
    options: FlatbedErrorOptions & { reason: MirrorDamagedError["reason"] },
  ) {
    super("mirror-damaged", message, options);
    this.reason = options.reason;
  }
}

/**
 * The disk has less free space than is required.
 *
 * @example
 * ```ts
 * import { NoSpaceError } from "@flatbed/flatbed/download";
 * import { NotEnoughSpaceError } from "@flatbed/flatbed/mirror";
 * import { assertInstanceOf } from "@std/assert";
 *
 * assertInstanceOf(
 *   new NotEnoughSpaceError("Cannot sync 'data'", { needed: 2, free: 1 }),
 *   NoSpaceError,
 * );
 * ```
 */
export class NotEnoughSpaceError extends NoSpaceError {
  /** The name of the class. */
  override name = "NotEnoughSpaceError";
  /** The required space in bytes, at least. */
  readonly needed: number;
  /** The free space in bytes, if that is known. */
  readonly free: number | undefined;
  /** Makes the error. */
  constructor(
    message: string,
    options: FlatbedErrorOptions & {
      needed: number;
      free: number | undefined;
    },
  ) {
    super(message, options);
    this.needed = options.needed;
    this.free = options.free;
  }
}

/**
 * The error for a place without a mirror, where there must be one: no argument is wrong.
 *
 * @param location The folder, or `s3://bucket/prefix`.
 * @returns The error.
 */
export function noMirror(location: string): Error {
  return new Error(
    `There is no mirror in ${location}: 'flatbed sync' creates one, also from existing files`,
  );
}
