import { S3Error } from "./s3_error.ts";

/** What a request's target says, before and after decoding. */
export interface RequestTarget {
  /** The path as it was sent. */
  readonly rawPath: string;
  /** The names and values of the query, decoded, in the order sent. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The bucket, or an empty string. */
  readonly bucket: string;
  /** The object's key, or an empty string. */
  readonly key: string;
}

/**
 * Reads a request's target from its URL as it was sent: nothing is normalised, so
 * that a key may hold `..` or two slashes in a row.
 *
 * @throws {S3Error} If its percent-encoding is broken.
 */
export function parseTarget(url: string): RequestTarget {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const target = start === -1 ? "/" : url.slice(start);
  const question = target.indexOf("?");
  const rawPath = question === -1 ? target : target.slice(0, question);
  const rawQuery = question === -1 ? "" : target.slice(question + 1);
  const path = decode(rawPath).slice(1);
  const slash = path.indexOf("/");
  return {
    rawPath,
    query: rawQuery.split("&").filter((pair) => pair !== "").map((pair) => {
      const equals = pair.indexOf("=");
      const name = equals === -1 ? pair : pair.slice(0, equals);
      const value = equals === -1 ? "" : pair.slice(equals + 1);
      return [
        decode(name.replaceAll("+", " ")),
        decode(value.replaceAll("+", " ")),
      ];
    }),
    bucket: slash === -1 ? path : path.slice(0, slash),
    key: slash === -1 ? "" : path.slice(slash + 1),
  };
}

/** Percent-encodes as Signature V4 wants it: everything but letters, digits and `-._~`. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Percent-decodes. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    throw new S3Error(400, "InvalidURI", "Could not parse the specified URI");
  }
}
