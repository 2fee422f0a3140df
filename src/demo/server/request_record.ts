import type { Fault } from "./fault.ts";

/** A request and what became of it. */
export interface RequestRecord {
  /** The `x-amz-request-id` header of the answer. */
  readonly requestId: string;
  /** The HTTP method. */
  readonly method: string;
  /** The operation as S3 names it, such as `GetObject`; not given where it was refused before. */
  readonly operation?: string;
  /** The bucket asked for. */
  readonly bucket: string;
  /** The key asked for, or an empty string. */
  readonly key: string;
  /** The parameters of the query. */
  readonly query: Readonly<Record<string, string>>;
  /** The `Range` header. */
  readonly range?: string;
  /** The HTTP status of the answer. */
  readonly status: number;
  /** The code of the error that was answered, such as `NoSuchKey`. */
  readonly errorCode?: string;
  /** The kind of the fault that shaped the answer. */
  readonly fault?: Fault["kind"];
  /** How many bytes of the body were handed to the connection. */
  readonly bytesSent: number;
  /** Whether as many bytes were handed over as were announced. */
  readonly completed: boolean;
  /** What an object's own `read` failed with. */
  readonly error?: unknown;
}
