import { type CertificateFile, readCertificates } from "./certificates.ts";
import { isLoopback } from "./endpoint.ts";
import { readVariable } from "./read_variable.ts";

/** Deno's HTTP client for an endpoint, and what it trusts. */
export interface HttpClient {
  /** `undefined` in other runtimes, which have one client for all. */
  client: Deno.HttpClient | undefined;
  /** The certificates that it trusts in addition to Deno's own. */
  certificates: CertificateFile[];
}

/**
 * Opens a client for requests to an endpoint. It uses no proxy for loopback, and trusts
 * the certificates of `SSL_CERT_FILE` and `AWS_CA_BUNDLE`.
 */
export function openClient(
  endpoint: URL,
  poolMaxIdlePerHost: number,
): HttpClient {
  if (globalThis.Deno === undefined) {
    return { client: undefined, certificates: [] };
  }
  const options = {
    poolMaxIdlePerHost,
    http2: false, // one connection would carry everything, at one window's speed
  };
  if (endpoint.protocol === "http:") {
    const client = Deno.createHttpClient(
      isLoopback(endpoint)
        ? { ...options, proxy: directTo(endpoint) }
        : options,
    );
    return { client, certificates: [] };
  }
  const certificates = readCertificates();
  const create = (files: CertificateFile[]) =>
    Deno.createHttpClient({
      ...options,
      caCerts: files.flatMap(({ certificates }) => certificates),
    });
  const open = (files: CertificateFile[]) =>
    isLoopback(endpoint) ? withoutProxy(() => create(files)) : create(files);
  try {
    return { client: open(certificates), certificates };
  } catch {
    const problem = "a certificate in it cannot be used";
    return {
      client: open([]),
      certificates: certificates.map((file) => ({ problem, ...file })),
    };
  }
}

/** The endpoint itself in place of a proxy: then Deno looks for no other one. */
function directTo({ hostname, port }: URL): Deno.Proxy {
  return {
    transport: "tcp",
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 80),
  };
}

/** Deno reads this variable when a client is made; there is no option that works with TLS. */
const NO_PROXY = "NO_PROXY";
const LOOPBACK = "127.0.0.0/8,::1,localhost";

/** Makes a client without a proxy, if the environment may be changed. */
function withoutProxy(make: () => Deno.HttpClient): Deno.HttpClient {
  const { state } = Deno.permissions.querySync({
    name: "env",
    variable: NO_PROXY,
  });
  if (state !== "granted") return make();
  const before = readVariable(NO_PROXY);
  // The value is extended, not replaced: another thread may do the same at this moment.
  Deno.env.set(NO_PROXY, `${before ?? ""},${LOOPBACK}`);
  try {
    return make();
  } finally {
    if (before === undefined) Deno.env.delete(NO_PROXY);
    else Deno.env.set(NO_PROXY, before);
  }
}
