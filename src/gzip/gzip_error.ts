import { IntegrityError } from "../base/mod.ts";
import { GzipFault } from "./gzip_fault.ts";

/** Gzip data is damaged, truncated, or followed by something else. */
export class GzipError extends IntegrityError {
  /** What is wrong with the data, to complete the sentence "its gzip data …". */
  readonly fault: string;

  /**
   * Makes the error.
   *
   * @param name What the data is called: a key or a path.
   * @param fault What is wrong with it.
   * @param options A cause, and a message in place of the usual one.
   */
  constructor(
    name: string,
    fault: string,
    { cause, message }: { cause?: unknown; message?: string } = {},
  ) {
    const said = message ?? `its gzip data ${fault}`;
    super(`Cannot decompress '${name}': ${said}`, { key: name, cause });
    this.fault = fault;
  }
}

/** Turns a {@linkcode GzipFault} into a {@linkcode GzipError}; other errors are returned unchanged. */
export function toGzipError(error: unknown, name: string): unknown {
  if (!(error instanceof GzipFault)) return error;
  return new GzipError(name, error.message, { cause: error.cause });
}
