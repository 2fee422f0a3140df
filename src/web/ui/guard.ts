import { RequestError } from "./answers.ts";
import { isSecret, type Secrets } from "./secrets.ts";

/** The names of this machine that never leave it; `ssh -L` changes the port only. */
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** What the guard says of a request. */
export type Verdict =
  /** It may pass. */
  | "pass"
  /** Its address has the token: it is given the cookie. */
  | "welcome"
  /** It has no cookie of this server. */
  | "stranger"
  /** Its address was good once, and somebody has used it. */
  | "used";

/**
 * Lets only the page of this server ask it. Other sites cannot: a name that was rebound to
 * this machine is not its `Host`, a form or script of theirs has another `Origin`, and none
 * has the cookie.
 *
 * @param request The request.
 * @param url Its address.
 * @param secrets The server's secrets.
 * @throws {RequestError} If it comes from elsewhere, whatever it knows.
 */
export function guard(
  request: Request,
  url: URL,
  secrets: Secrets,
): Verdict {
  const { headers, method } = request;
  const host = headers.get("host") ?? "";
  // A request that names its target in full has a host there as well.
  if (!LOOPBACK_HOST.test(host) || !LOOPBACK_HOST.test(url.host)) {
    throw new RequestError(
      403,
      "foreign-host",
      "This server answers to 127.0.0.1, localhost and [::1] only; over ssh, forward a port with ssh -L",
    );
  }
  const origin = headers.get("origin");
  if (
    origin !== null && origin.toLowerCase() !== `http://${host.toLowerCase()}`
  ) throw foreign();
  const isPage = method === "GET" && url.pathname === "/";
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") {
    // A link elsewhere may lead to the page, which shows nothing without the cookie.
    const isLink = isPage && headers.get("sec-fetch-mode") === "navigate" &&
      headers.get("sec-fetch-dest") === "document";
    if (!isLink) throw foreign();
  }
  const token = url.searchParams.get("token");
  if (isPage && token !== null) {
    if (isSecret(token, secrets.address)) return "welcome";
    const ticket = secrets.takeTicket(token);
    if (ticket !== undefined) return ticket === "good" ? "welcome" : "used";
  }
  const cookies = (headers.get("cookie") ?? "").split(/;\s*/);
  const name = `${cookieName(secrets)}=`;
  const isKnown = cookies.some((cookie) =>
    cookie.startsWith(name) &&
    isSecret(cookie.slice(name.length), secrets.cookie)
  );
  return isKnown ? "pass" : "stranger";
}

/**
 * Asserts that a `POST` comes from the page: no other site can send its token, nor JSON.
 *
 * @throws {RequestError} If it does not.
 */
export function guardPost({ headers }: Request, secrets: Secrets): void {
  if (!isSecret(headers.get("x-flatbed-token"), secrets.post)) {
    throw new RequestError(
      403,
      "token",
      "This tab may look, and change nothing: open the address again that 'flatbed ui' printed",
    );
  }
  const type = headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(type)) {
    throw new RequestError(
      415,
      "content-type",
      "Expected a body of the type application/json",
    );
  }
}

/**
 * The line that sets the cookie. No script can read it, and no other site makes a browser
 * send it.
 */
export function cookieOf(secrets: Secrets): string {
  return `${
    cookieName(secrets)
  }=${secrets.cookie}; Path=/; HttpOnly; SameSite=Strict`;
}

function cookieName({ serverId }: Secrets): string {
  return `flatbed_${serverId}`;
}

function foreign(): RequestError {
  return new RequestError(
    403,
    "foreign-site",
    "Only the page of this server may ask it, no other site",
  );
}
