import { plainText, quote } from "../base/mod.ts";
import type { CertificateFile } from "./certificates.ts";
import type { Proxy } from "./proxy.ts";

/** A connection that could not be made, or broke. */
export interface ConnectionFailure {
  /** What fetch threw. */
  cause: unknown;
  /** The service's host. */
  host?: string;
  /** The proxy that the connection goes through. */
  proxy?: Proxy | undefined;
  /** The certificates that are trusted in addition to Deno's own. */
  certificates?: readonly CertificateFile[] | undefined;
}

/** A {@linkcode ConnectionFailure} in words. */
export interface ConnectionReason {
  message: string;
  /** Whether a retry can help. */
  canPass: boolean;
  /** The status of the proxy's answer. */
  status?: number;
}

/** Why a connection failed, and what to check. */
export function describeConnection(
  failure: ConnectionFailure,
): ConnectionReason {
  const said = rootMessage(failure.cause);
  const { host = "", proxy } = failure;
  const wait = (message: string) => ({
    message: `the connection failed: ${message}`,
    canPass: true,
  });
  if (/proxy authentication required/i.test(said)) {
    return {
      message: describeProxyPassword(proxy),
      canPass: false,
      status: 407,
    };
  }
  if (/invalid peer certificate/.test(said)) {
    return { message: describeCertificate(said, failure), canPass: false };
  }
  if (/unsuccessful tunnel|unexpected eof while tunneling/.test(said)) {
    return wait(
      `${nameProxy(proxy)} does not connect to ${quote(host)}: ${
        checkProxy(proxy, host)
      }`,
    );
  }
  const isHttpsProxy = proxy?.address.startsWith("https:") === true;
  if (/InvalidContentType/.test(said)) {
    return wait(
      isHttpsProxy
        ? `${nameProxy(proxy)}, or ${
          quote(host)
        }, does not speak TLS: most proxies are reached by http://`
        : `${quote(host)} does not speak TLS: check the endpoint`,
    );
  }
  const isNoHost = /dns error|failed to lookup address/.test(said);
  const isSilent = isNoHost || /Proxy server unreachable/.test(said) ||
    /Connection refused|actively refused/.test(said);
  if (isSilent) {
    if (proxy !== undefined) {
      return wait(
        `${nameProxy(proxy)} ${
          isNoHost ? "has a host that is not found" : "does not answer"
        }: ${checkProxy(proxy, host)}`,
      );
    }
    return wait(
      isNoHost
        ? `there is no host ${
          quote(host)
        }, or the network is down: check the endpoint`
        : `nothing answers at ${quote(host)}: check the endpoint`,
    );
  }
  return wait(
    proxy === undefined ? said : `${said}, through ${nameProxy(proxy)}`,
  );
}

/** A proxy and the variable that names it, without its password. */
export function nameProxy(proxy: Proxy | undefined): string {
  return proxy === undefined
    ? "the proxy"
    : `the proxy ${quote(proxy.address)} of ${proxy.variable}`;
}

function checkProxy(proxy: Proxy | undefined, host: string): string {
  const variable = proxy?.variable ?? "HTTPS_PROXY";
  const name = host.replace(/:\d+$/, "");
  return `check ${variable}, or add ${name} to NO_PROXY if no proxy is needed`;
}

/** What to do where a proxy answers with 407. */
export function describeProxyPassword(proxy: Proxy | undefined): string {
  const variable = proxy?.variable ?? "HTTPS_PROXY";
  return proxy?.hasPassword
    ? `${nameProxy(proxy)} refuses the user name and password in ${variable}`
    : `${
      nameProxy(proxy)
    } requires a password: set ${variable} to http://USER:PASSWORD@HOST:PORT`;
}

/** What is wrong with a certificate, and what to do. */
function describeCertificate(
  said: string,
  { host = "", certificates = [] }: ConnectionFailure,
): string {
  const reason = said.replace(/^.*invalid peer certificate: /, "");
  const refused = `the certificate of ${quote(host)} is refused (${reason})`;
  if (/expired|NotValidYet/i.test(reason)) {
    return `${refused}: check this machine's clock; if it is right, the service must renew it`;
  }
  if (/not valid for name/i.test(reason)) {
    return `${refused}: check the endpoint`;
  }
  const taken = certificates.map(({ variable, path, problem }) =>
    `${variable} names ${quote(path)}, ${
      problem === undefined
        ? "which does not have its authority"
        : `but ${problem}`
    }`
  ).join("; ");
  const advice =
    "where a firm's own authority signs it, name its PEM file in SSL_CERT_FILE, AWS_CA_BUNDLE or DENO_CERT, or set DENO_TLS_CA_STORE=system";
  return `${refused}: ${taken === "" ? advice : `${taken}; ${advice}`}`;
}

/** The innermost message of a chain of causes: the outer ones repeat the address only. */
function rootMessage(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) {
    innermost = innermost.cause;
  }
  const message = innermost instanceof Error
    ? innermost.message
    : String(innermost);
  if (/too many open files/i.test(message)) {
    return "too many files are open; 'ulimit -n' raises the limit";
  }
  return plainText(message)
    .replace(
      /^error sending request (from \S+ )?for (url \()?\S+( \(\S+\))?: /,
      "",
    )
    .replace(/^client error \(\w+\): /, "")
    .replace(/ \(os error \d+\)$/, "")
    .replace(/^error sending request .*$/, "no connection");
}
