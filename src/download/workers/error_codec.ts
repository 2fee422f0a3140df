import * as errors from "../../base/mod.ts";

/** An error as plain data, for another thread or process. */
export interface EncodedError {
  name: string;
  message: string;
  code?: string | number;
  key?: string;
  status?: number;
  serviceCode?: string;
  retryAfter?: number;
  fault?: string;
  size?: number;
  etag?: string;
  cause?: EncodedError | string;
}

type ErrorClass = new (
  message: string,
  options?: errors.DamagedAtSourceErrorOptions,
) => Error;

const CLASSES: ReadonlyMap<string, ErrorClass> = new Map(Object.entries({
  NotFoundError: errors.NotFoundError,
  AccessDeniedError: errors.AccessDeniedError,
  CredentialsError: errors.CredentialsError,
  ThrottledError: errors.ThrottledError,
  TimedOutError: errors.TimedOutError,
  TransferError: errors.TransferError,
  ObjectChangedError: errors.ObjectChangedError,
  ObjectArchivedError: errors.ObjectArchivedError,
  IntegrityError: errors.IntegrityError,
  DamagedAtSourceError: errors.DamagedAtSourceError,
  TooLargeError: errors.TooLargeError,
  ServiceError: errors.ServiceError,
  LocalFileError: errors.LocalFileError,
  NoSpaceError: errors.NoSpaceError,
  BucketRefusedError: errors.BucketRefusedError,
  IndexError: errors.IndexError,
  RowError: errors.RowError,
  TypeError,
  RangeError,
}));

/** How many causes are encoded: an error can be its own cause. */
const MAX_CAUSES = 8;

/** Turns an error and its causes into plain data. */
export function encodeError(error: unknown, causes = MAX_CAUSES): EncodedError {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error) };
  }
  const { name, message, cause } = error;
  const encoded: EncodedError = { name, message };
  if (error instanceof errors.FlatbedError) {
    const { key, status, serviceCode, retryAfter } = error;
    Object.assign(encoded, { key, status, serviceCode, retryAfter });
    if (error instanceof errors.DamagedAtSourceError) {
      const { fault, size, etag } = error;
      Object.assign(encoded, { fault, size, etag });
    }
  } else if ("code" in error) {
    const { code } = error;
    if (typeof code === "string" || typeof code === "number") {
      encoded.code = code;
    }
  }
  if (cause !== undefined && causes > 0) {
    encoded.cause = cause instanceof Error
      ? encodeError(cause, causes - 1)
      : String(cause);
  }
  return encoded;
}

/** Makes an error of the same class with the same message. */
export function decodeError(encoded: EncodedError): Error {
  const { name, message, code, ...rest } = encoded;
  const cause = typeof encoded.cause === "object"
    ? decodeError(encoded.cause)
    : encoded.cause;
  const Class = name === "NotCapable" && "Deno" in globalThis
    ? Deno.errors.NotCapable
    : CLASSES.get(name) ?? Error;
  const options = cause === undefined ? rest : { ...rest, cause };
  const error = new Class(message, options);
  if (error.name !== name) error.name = name;
  if (!(error instanceof errors.FlatbedError) && code !== undefined) {
    Object.assign(error, { code });
  }
  return error;
}
