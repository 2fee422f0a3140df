import { isLoopback } from "./endpoint.ts";
import { readVariable } from "./read_variable.ts";

/** A proxy that requests to an address go through. */
export interface Proxy {
  /** The environment variable that names it. */
  variable: string;
  /** Its address, without a user name and password. */
  address: string;
  /** Whether the variable holds a user name and password. */
  hasPassword: boolean;
}

/** The variables that Deno's fetch reads for each protocol, in order of precedence. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "https:": ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"],
  "http:": ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"],
};

/**
 * The proxy that Deno's fetch uses for an address, by the rules of Deno 2.9; `undefined`
 * if there is none, or the environment may not be read.
 */
export function findProxy(
  url: URL,
  read: (name: string) => string | undefined = readVariable,
): Proxy | undefined {
  if (isLoopback(url) || isExcepted(url.hostname, read)) return undefined;
  for (const variable of VARIABLES[url.protocol] ?? []) {
    // Deno ignores HTTP_PROXY in a CGI script, where it may be a request's header.
    if (/^http_/i.test(variable) && read("REQUEST_METHOD") !== undefined) {
      continue;
    }
    const proxy = parseProxy(variable, read(variable));
    if (proxy !== undefined) return proxy;
  }
}

function parseProxy(
  variable: string,
  value: string | undefined,
): Proxy | undefined {
  if (!value) return undefined;
  const url = URL.parse(value.includes("://") ? value : `http://${value}`);
  if (url === null || !/^(https?|socks5h?):$/.test(url.protocol)) {
    return undefined;
  }
  // Deno ignores a proxy with a user name and no colon behind it.
  if (url.username !== "" && !/:[^/@]*@/.test(value)) return undefined;
  return {
    variable,
    address: `${url.protocol}//${url.host}`,
    hasPassword: url.username !== "",
  };
}

/** Whether `NO_PROXY` names a host. */
function isExcepted(
  hostname: string,
  read: (name: string) => string | undefined,
): boolean {
  const list = read("NO_PROXY") ?? read("no_proxy") ?? "";
  const host = hostname.replace(/^\[|\]$/g, "");
  const address = parseIpv4(host);
  return list.split(",").map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (address !== undefined) return isInNetwork(address, entry);
      const domain = entry.replace(/^\./, "");
      return entry === "*" || host === domain || host.endsWith(`.${domain}`);
    });
}

/** An IPv4 address as a number. */
function parseIpv4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  return text.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

/** Whether an IPv4 address is another one, or within a network such as 10.0.0.0/8. */
function isInNetwork(address: number, entry: string): boolean {
  const [network = "", bits = "32"] = entry.split("/");
  const start = parseIpv4(network);
  if (start === undefined) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(address / size) === Math.floor(start / size);
}
