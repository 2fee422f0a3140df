import config from "../../deno.json" with { type: "json" };
import type { Credentials } from "./credentials.ts";
import type { RequestMaker } from "./sendable.ts";
import { escape, Signer, toQuery } from "./signature.ts";

/** What {@linkcode ObjectRequests} needs to know. */
export interface ObjectRequestsOptions {
  /** The service's address. */
  endpoint: URL;
  /** The keys that requests are signed with. */
  credentials: Credentials;
  /** The region that requests are signed for. */
  region: string;
}

/** Signed requests for single objects and for listings. */
export class ObjectRequests implements RequestMaker {
  readonly #endpoint: URL;
  readonly #basePath: string;
  readonly #signer: Signer;

  /** Signs requests to an endpoint. */
  constructor({ endpoint, credentials, region }: ObjectRequestsOptions) {
    this.#endpoint = endpoint;
    this.#basePath = endpoint.pathname.replace(/\/+$/, "");
    this.#signer = new Signer(credentials, region);
  }

  /** A request for an object, signed now. */
  object(
    method: "GET" | "HEAD",
    bucket: string,
    key: string,
    headers: Record<string, string> = {},
  ): Request {
    return this.#sign(method, `${bucket}/${key}`, {}, headers);
  }

  /** A request for a page of a bucket's listing, signed now. */
  listing(bucket: string, query: Record<string, string>): Request {
    return this.#sign("GET", bucket, { "list-type": "2", ...query }, {});
  }

  #sign(
    method: "GET" | "HEAD",
    name: string,
    query: Record<string, string>,
    headers: Record<string, string>,
  ): Request {
    const { host, origin } = this.#endpoint;
    const path = `${this.#basePath}/${escape(name).replaceAll("%2F", "/")}`;
    const signed = this.#signer.sign({ method, host, path, query, headers });
    const search = toQuery(query);
    return new Request(origin + path + (search === "" ? "" : `?${search}`), {
      method,
      headers: {
        ...signed,
        // Not signed, since not every way to a service leaves them as they are.
        // An object stored with Content-Encoding: gzip arrives as it is stored.
        "accept-encoding": "identity",
        "user-agent": `flatbed/${config.version}`,
      },
    });
  }
}
