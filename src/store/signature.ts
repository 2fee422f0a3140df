import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "./credentials.ts";

/** The SHA-256 of no bytes, which is what a GET or HEAD request holds. */
const EMPTY_SHA256 =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** What of a request is signed. */
export interface Signable {
  method: "GET" | "HEAD";
  /** The host, with its port where that is not the usual one. */
  host: string;
  /** The path, escaped once. */
  path: string;
  /** The query's names and values, as they are. */
  query: Readonly<Record<string, string>>;
  /** Headers to be signed; others may be sent as well. */
  headers: Readonly<Record<string, string>>;
}

/**
 * Signs requests without a body by AWS Signature Version 4, as "Authenticating Requests
 * (AWS Signature Version 4)" in Amazon S3's API reference describes it. The AWS SDK's
 * own signer takes 25 ms to be loaded, in every thread, which is more than signing
 * takes in a sync with nothing to do.
 */
export class Signer {
  readonly #credentials: Credentials;
  readonly #region: string;
  /** The key of a day, which is the same for all of its requests. */
  #key: { day: string; bytes: Uint8Array } | undefined;

  /** Signs for a region. */
  constructor(credentials: Credentials, region: string) {
    this.#credentials = credentials;
    this.#region = region;
  }

  /** The headers that a request is sent with: those given, and those that sign it. */
  sign(
    { method, host, path, query, headers }: Signable,
    now: Date = new Date(),
  ): Record<string, string> {
    const { accessKeyId, sessionToken } = this.#credentials;
    // 2024-01-02T03:04:05.678Z as 20240102T030405Z
    const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
    const day = time.slice(0, 8);
    const signed: Record<string, string> = {
      ...headers,
      host,
      "x-amz-content-sha256": EMPTY_SHA256,
      "x-amz-date": time,
      ...(sessionToken === undefined
        ? {}
        : { "x-amz-security-token": sessionToken }),
    };
    const names = Object.keys(signed).sort();
    const signedHeaders = names.join(";");
    const canonical = [
      method,
      path,
      toQuery(query),
      ...names.map((name) => `${name}:${signed[name]?.trim()}`),
      "",
      signedHeaders,
      EMPTY_SHA256,
    ].join("\n");
    const scope = `${day}/${this.#region}/s3/aws4_request`;
    const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)]
      .join("\n");
    const signature = hmac(this.#keyOf(day), text).toString("hex");
    return {
      ...signed,
      authorization:
        `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    };
  }

  #keyOf(day: string): Uint8Array {
    if (this.#key?.day !== day) {
      const { secretAccessKey } = this.#credentials;
      const parts = [day, this.#region, "s3", "aws4_request"];
      const bytes = parts.reduce<Uint8Array>(
        hmac,
        new TextEncoder().encode(`AWS4${secretAccessKey}`),
      );
      this.#key = { day, bytes };
    }
    return this.#key.bytes;
  }
}

/** A query as it is signed, and as it is sent. */
export function toQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .sort().join("&");
}

/** Everything but letters, digits and `-._~` escaped. */
export function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: Uint8Array, text: string) {
  return createHmac("sha256", key).update(text).digest();
}
