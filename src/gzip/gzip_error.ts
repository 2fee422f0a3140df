import { IntegrityError } from "../base/mod.ts";
import { GzipFault } from "./gzip_fault.ts";

/** Gzip data is not whole: the other errors of integrity are of how it arrived. */
export class GzipError extends IntegrityError {
  /** What is wrong with the data, as the end of a sentence that begins with it. */
  readonly fault: string;

  /** Makes the error; `name` is what the data is called: a key or a path. */
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

/** The error for somebody who does not know gzip data's parts; others stay as they are. */
export function toGzipError(error: unknown, name: string): unknown {
  if (!(error instanceof GzipFault)) return error;
  return new GzipError(name, error.message, { cause: error.cause });
}
