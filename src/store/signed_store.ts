import config from "../../deno.json" with { type: "json" };
import type { Credentials } from "./credentials.ts";
import { checkEndpointPath } from "./endpoint.ts";
import { HttpStore, type HttpStoreOptions } from "./http_store.ts";
import { escape, Signer, toQuery } from "./signature.ts";

/** Options of {@linkcode SignedStore}; all are checked already. */
export interface SignedStoreOptions extends HttpStoreOptions {
  /** The keys that requests are signed with. */
  credentials: Credentials;
  /** The region that requests are signed for. @default {"us-east-1"} */
  region?: string | undefined;
}

/** Objects that are read with requests of our own, signed with a key pair and sent by fetch. */
export class SignedStore extends HttpStore {
  readonly #endpoint: URL;
  readonly #basePath: string;
  readonly #signer: Signer;

  /** Connects to nothing yet. */
  constructor(options: SignedStoreOptions) {
    super(options);
    const { endpoint, credentials, region = "us-east-1" } = options;
    this.#endpoint = endpoint;
    this.#basePath = endpoint.pathname.replace(/\/+$/, "");
    this.#signer = new Signer(credentials, region);
  }

  endpoint(): Promise<URL> {
    return Promise.resolve(this.#endpoint);
  }

  protected override checkBucket(bucket: string): void {
    checkEndpointPath(this.#endpoint, bucket);
  }

  protected objectRequest(
    method: "GET" | "HEAD",
    bucket: string,
    key: string,
    headers: Record<string, string>,
  ): Request {
    return this.#sign(method, `${bucket}/${key}`, {}, headers);
  }

  protected listRequest(
    bucket: string,
    query: Record<string, string>,
  ): Request {
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
        // Not signed: proxies change them. "identity" lets an object that is stored with
        // Content-Encoding: gzip arrive as it is stored.
        "accept-encoding": "identity",
        "user-agent": `flatbed/${config.version}`,
      },
    });
  }
}
