import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import config from "../../deno.json" with { type: "json" };
import type { Credentials } from "./credentials.ts";

/** What {@linkcode ObjectRequests} needs to know. */
export interface ObjectRequestsOptions {
  /** The service's address. */
  endpoint: URL;
  /** The keys that requests are signed with. */
  credentials: Credentials;
  /** The region that requests are signed for. */
  region: string;
}

/** Headers that Node's fetch and some services' front doors change after they are signed. */
const CHANGED_ON_THE_WAY = new Set(["accept-encoding"]);

/** The SHA-256 of no bytes, which is what a GET or HEAD request holds. */
const EMPTY_SHA256 =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * Signed requests for single objects. The SDK's own commands take half a millisecond
 * each, which is more than a small file needs otherwise; its signer alone takes a
 * tenth of that.
 */
export class ObjectRequests {
  readonly #endpoint: URL;
  readonly #basePath: string;
  readonly #signer: SignatureV4;

  /** Signs requests to an endpoint. */
  constructor({ endpoint, credentials, region }: ObjectRequestsOptions) {
    this.#endpoint = endpoint;
    this.#basePath = endpoint.pathname.replace(/\/+$/, "");
    this.#signer = new SignatureV4({
      service: "s3",
      region,
      credentials,
      sha256: Sha256,
      uriEscapePath: false, // a key's path is escaped once
    });
  }

  /** A request for an object, signed now. */
  sign(
    method: "GET" | "HEAD",
    bucket: string,
    key: string,
    headers: Record<string, string> = {},
  ): Promise<Request> {
    return this.#sign(method, `${bucket}/${key}`, {}, headers);
  }

  /** A request for a page of a bucket's listing, signed now. */
  signListing(
    bucket: string,
    query: Record<string, string>,
  ): Promise<Request> {
    return this.#sign("GET", bucket, { "list-type": "2", ...query }, {});
  }

  async #sign(
    method: "GET" | "HEAD",
    name: string,
    query: Record<string, string>,
    headers: Record<string, string>,
  ): Promise<Request> {
    const { protocol, host, hostname, port, origin } = this.#endpoint;
    const path = `${this.#basePath}/${escapePath(name)}`;
    const signed = await this.#signer.sign({
      method,
      protocol,
      hostname,
      ...(port === "" ? {} : { port: Number(port) }),
      path,
      query,
      headers: {
        ...headers,
        host,
        // An object stored with Content-Encoding: gzip arrives as it is stored.
        "accept-encoding": "identity",
        "user-agent": `flatbed/${config.version}`,
        "x-amz-content-sha256": EMPTY_SHA256,
      },
    }, { unsignableHeaders: CHANGED_ON_THE_WAY });
    const search = Object.entries(query)
      .map(([name, value]) => `${name}=${escape(value)}`).join("&");
    const url = origin + path + (search === "" ? "" : `?${search}`);
    return new Request(url, { method, headers: signed.headers });
  }
}

/** A path as Signature Version 4 wants it. */
function escapePath(path: string): string {
  return escape(path).replaceAll("%2F", "/");
}

/** Everything but letters, digits and `-._~` escaped. */
function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** SHA-256, and its HMAC, in the shape that the signer wants. */
class Sha256 {
  readonly #hash: { update(data: Uint8Array): unknown; digest(): Uint8Array };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined
      ? createHash("sha256")
      : createHmac("sha256", toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {}
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return new TextEncoder().encode(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
