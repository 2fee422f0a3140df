import { escapeInvisible } from "./quote.ts";

/** What a {@linkcode FlatbedError} is about; programs can switch over it. */
export type FlatbedErrorCode =
  | "not-found"
  | "access-denied"
  | "credentials"
  | "throttled"
  | "timed-out"
  | "transfer"
  | "object-changed"
  | "object-archived"
  | "integrity"
  | "damaged-at-source"
  | "too-large"
  | "rows"
  | "index"
  | "duckdb"
  | "duckdb-unavailable"
  | "service"
  | "file"
  | "no-space"
  | "bucket-refused"
  | "mirror-busy"
  | "mirror-damaged";

/** What goes with a {@linkcode FlatbedError}. */
export interface FlatbedErrorOptions extends ErrorOptions {
  /** The object's key, if the error concerns one. */
  key?: string | undefined;
  /** The HTTP status, if a response was the reason. */
  status?: number | undefined;
  /** The service's own code, such as `NoSuchKey`. */
  serviceCode?: string | undefined;
  /** How long the service asks to wait before the next try, in milliseconds. */
  retryAfter?: number | undefined;
}

/**
 * The base class of all errors but wrong arguments, which are `TypeError` and
 * `RangeError`. Messages never hold a secret.
 *
 * @example
 * ```ts
 * import { FlatbedError, NotFoundError } from "@flatbed/flatbed/download";
 * import { assertEquals, assertInstanceOf } from "@std/assert";
 *
 * const error = new NotFoundError("Cannot download 'a': there is no such object", { key: "a" });
 * assertInstanceOf(error, FlatbedError);
 * assertEquals([error.code, error.key], ["not-found", "a"]);
 * ```
 */
export class FlatbedError extends Error {
  /** The name of the class. */
  override name = "FlatbedError";
  /** What the error is about. */
  readonly code: FlatbedErrorCode;
  /** The object's key, if the error concerns one. */
  declare readonly key?: string;
  /** The HTTP status, if a response was the reason. */
  declare readonly status?: number;
  /** The service's own code, such as `NoSuchKey`. */
  declare readonly serviceCode?: string;
  /** How long the service asks to wait before the next try, in milliseconds. */
  declare readonly retryAfter?: number;

  /** Makes an error with a code. */
  constructor(
    code: FlatbedErrorCode,
    message: string,
    options: FlatbedErrorOptions = {},
  ) {
    // Keys and a service's messages can hold control characters.
    super(
      escapeInvisible(message),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    if (options.key !== undefined) this.key = options.key;
    if (options.status !== undefined) this.status = options.status;
    if (options.serviceCode !== undefined) {
      this.serviceCode = options.serviceCode;
    }
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }
}

/** There is no such object, or no such bucket. */
export class NotFoundError extends FlatbedError {
  /** The name of the class. */
  override name = "NotFoundError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("not-found", message, options);
  }
}

/** The account may not read the object: the plan does not include it or reach back so far, an agreement is not signed, or it is not published yet. */
export class AccessDeniedError extends FlatbedError {
  /** The name of the class. */
  override name = "AccessDeniedError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("access-denied", message, options);
  }
}

/** The service refused the credentials or the signature, for instance because the clock is wrong. */
export class CredentialsError extends FlatbedError {
  /** The name of the class. */
  override name = "CredentialsError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("credentials", message, options);
  }
}

/** The service still asks to slow down after all retries. */
export class ThrottledError extends FlatbedError {
  /** The name of the class. */
  override name = "ThrottledError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("throttled", message, options);
  }
}

/** No byte arrived for as long as `timeout` allows. */
export class TimedOutError extends FlatbedError {
  /** The name of the class. */
  override name = "TimedOutError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("timed-out", message, options);
  }
}

/** The connection could not be made, or broke, after all retries. */
export class TransferError extends FlatbedError {
  /** The name of the class. */
  override name = "TransferError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("transfer", message, options);
  }
}

/** The object was replaced while it was read, again on the second try. */
export class ObjectChangedError extends FlatbedError {
  /** The name of the class. */
  override name = "ObjectChangedError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("object-changed", message, options);
  }
}

/** The object is in an archive storage class: it must be restored before it can be read. */
export class ObjectArchivedError extends FlatbedError {
  /** The name of the class. */
  override name = "ObjectArchivedError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("object-archived", message, options);
  }
}

/** The bytes that arrived are not the object's: size, checksum or gzip data is wrong. */
export class IntegrityError extends FlatbedError {
  /** The name of the class. */
  override name = "IntegrityError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("integrity", message, options);
  }
}

/** What goes with a {@linkcode DamagedAtSourceError}. */
export interface DamagedAtSourceErrorOptions extends FlatbedErrorOptions {
  /** What is wrong with the gzip data, to complete the sentence "its gzip data …". */
  fault?: string | undefined;
  /** The object's size as stored, in bytes. */
  size?: number | undefined;
  /** Its ETag, without quotes. */
  etag?: string | undefined;
}

/**
 * The object is damaged at source: its bytes are exactly the service's, and its gzip data
 * is not whole. There is no content until upstream replaces it.
 */
export class DamagedAtSourceError extends IntegrityError {
  /** The name of the class. */
  override name = "DamagedAtSourceError";
  /** What the error is about. */
  override readonly code: FlatbedErrorCode = "damaged-at-source";
  /** What is wrong with the gzip data, to complete the sentence "its gzip data …". */
  readonly fault: string;
  /** The object's size as stored, in bytes. */
  readonly size: number;
  /** Its ETag, without quotes. */
  readonly etag: string;
  /** Makes the error. */
  constructor(message: string, options: DamagedAtSourceErrorOptions = {}) {
    super(message, options);
    this.fault = options.fault ?? "";
    this.size = options.size ?? 0;
    this.etag = options.etag ?? "";
  }
}

/** The content is larger than `maxBytes` allows. */
export class TooLargeError extends FlatbedError {
  /** The name of the class. */
  override name = "TooLargeError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("too-large", message, options);
  }
}

/** The service answered with any other status that is not a success. */
export class ServiceError extends FlatbedError {
  /** The name of the class. */
  override name = "ServiceError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("service", message, options);
  }
}

/** A local file or folder could not be read or written. */
export class LocalFileError extends FlatbedError {
  /** The name of the class. */
  override name = "LocalFileError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("file", message, options);
  }
}

/** The disk is full. */
export class NoSpaceError extends FlatbedError {
  /** The name of the class. */
  override name = "NoSpaceError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("no-space", message, options);
  }
}

/**
 * The bucket that a mirror is stored in refuses what a mirror needs, or is not there. No
 * object of the service is the reason, so that it meets every other one as well.
 *
 * @example
 * ```ts
 * import { BucketRefusedError } from "@flatbed/flatbed/download";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new BucketRefusedError("Cannot upload 's3://team/a': access denied");
 * assertEquals(error.code, "bucket-refused");
 * ```
 */
export class BucketRefusedError extends FlatbedError {
  /** The name of the class. */
  override name = "BucketRefusedError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("bucket-refused", message, options);
  }
}

/**
 * An index cannot be used: it is damaged, or of another file, or of another version of the
 * file. It can be made again from the file.
 *
 * @example
 * ```ts
 * import { IndexError } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new IndexError("Cannot use the index of 'a.csv.gz': it is damaged");
 * assertEquals(error.code, "index");
 * ```
 */
export class IndexError extends FlatbedError {
  /** The name of the class. */
  override name = "IndexError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("index", message, options);
  }
}

/**
 * A file's rows cannot be read as it was asked for: it has no such column, or a value is
 * not of its column's type.
 *
 * @example
 * ```ts
 * import { RowError } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new RowError("Cannot read the rows of 'a.csv': no column 'ticker'");
 * assertEquals(error.code, "rows");
 * ```
 */
export class RowError extends FlatbedError {
  /** The name of the class. */
  override name = "RowError";
  /** Makes the error. */
  constructor(message: string, options?: FlatbedErrorOptions) {
    super("rows", message, options);
  }
}
