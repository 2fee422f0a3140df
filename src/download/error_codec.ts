import * as errors from "../store/errors.ts";

/** An error as it travels between threads. */
export interface EncodedError {
  name: string;
  message: string;
  code?: unknown;
  key?: string;
  status?: number;
  serviceCode?: string;
  retryAfter?: number;
  cause?: EncodedError | string;
}

type ErrorClass = new (
  message: string,
  options?: errors.FlatbedErrorOptions,
) => Error;

const CLASSES: Readonly<Record<string, ErrorClass>> = {
  NotFoundError: errors.NotFoundError,
  AccessDeniedError: errors.AccessDeniedError,
  CredentialsError: errors.CredentialsError,
  ThrottledError: errors.ThrottledError,
  TimedOutError: errors.TimedOutError,
  TransferError: errors.TransferError,
  ObjectChangedError: errors.ObjectChangedError,
  IntegrityError: errors.IntegrityError,
  ServiceError: errors.ServiceError,
  LocalFileError: errors.LocalFileError,
  NoSpaceError: errors.NoSpaceError,
  TypeError,
  RangeError,
  NotCapable: Deno.errors.NotCapable,
};

/** An error, with its causes, as plain data. */
export function encodeError(error: unknown): EncodedError {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error) };
  }
  const { name, message, cause } = error;
  const encoded: EncodedError = { name, message };
  if (error instanceof errors.FlatbedError) {
    const { key, status, serviceCode, retryAfter } = error;
    Object.assign(encoded, { key, status, serviceCode, retryAfter });
  } else if ("code" in error) {
    encoded.code = error.code;
  }
  if (cause !== undefined) {
    encoded.cause = cause instanceof Error ? encodeError(cause) : String(cause);
  }
  return encoded;
}

/** The error of the same class, with the same message. */
export function decodeError(encoded: EncodedError): Error {
  const { name, message, code, ...rest } = encoded;
  const cause = typeof encoded.cause === "object"
    ? decodeError(encoded.cause)
    : encoded.cause;
  const known = CLASSES[name];
  const error = known === undefined
    ? new Error(message, { cause })
    : new known(message, { ...rest, cause });
  if (error.name !== name) error.name = name;
  if (!(error instanceof errors.FlatbedError) && code !== undefined) {
    Object.assign(error, { code });
  }
  return error;
}
