import { assertString, didYouMean, quote } from "../base/mod.ts";

/** The loopback hosts, as `URL` writes them. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a URL names this machine itself. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}

const EXPECTED = "expected a URL such as https://files.polygon.io";

/** What to do about a text that is not an endpoint's URL. */
function findHint(text: string): string {
  const bare = text.trim();
  if (/^["'].*["']$/.test(bare)) return "remove the quotation marks";
  // "localhost:9000" parses as a URL with the scheme "localhost:".
  const host = /^(?:\w+:)?\/\/(.*)$/.exec(bare)?.[1] ?? bare;
  const isHost = /^(\[[\da-f:]+\]|[a-z\d-]+(\.[a-z\d-]+)*)(:\d+)?(\/\S*)?$/i;
  const isLikely = isHost.test(host) && /[.:]|^localhost/.test(host);
  const url = URL.parse(`https://${host}`);
  if (isLikely && url !== null) {
    const scheme = isLoopback(url) ? "http" : "https";
    return EXPECTED + didYouMean([`${scheme}://${host}`]);
  }
  return EXPECTED;
}

/**
 * Checks that an endpoint's URL is not that of a bucket: requests would have the bucket's
 * name in their path twice.
 *
 * @throws {RangeError} If its path ends with the bucket's name.
 */
export function checkEndpointPath(endpoint: URL, bucket: string): void {
  const path = endpoint.pathname.replace(/\/+$/, "");
  if (!path.endsWith(`/${bucket}`)) return;
  const without = endpoint.origin + path.slice(0, -bucket.length - 1);
  throw new RangeError(
    `Cannot use ${
      quote(endpoint.origin + path)
    } as endpointUrl: its path ends with the bucket's name, which is appended anyway; use ${without}`,
  );
}

/**
 * Checks an endpoint's URL.
 *
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If it is not an `http:` or `https:` URL, contains a user name, a
 * password, a query or a fragment, or is a plain `http:` URL of another machine without
 * `allowHttp`.
 */
export function checkEndpoint(endpointUrl: unknown, allowHttp: boolean): URL {
  assertString(endpointUrl, "endpointUrl");
  const url = URL.parse(endpointUrl);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new RangeError(
      `Cannot use ${
        // Even a text that is not a URL may contain a password.
        endpointUrl.includes("@") ? "this endpointUrl" : quote(
          endpointUrl,
        )} as endpointUrl: ${
        endpointUrl.includes("@") ? EXPECTED : findHint(endpointUrl)
      }`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new RangeError(
      `Cannot use an endpointUrl with a user name or password: pass the credentials for ${url.host} separately`,
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw new RangeError(
      `Cannot use an endpointUrl with a query or fragment: ${
        quote(url.origin + url.pathname)
      }`,
    );
  }
  if (
    url.protocol === "http:" && !allowHttp && !isLoopback(url)
  ) {
    throw new RangeError(
      `Cannot use ${
        quote(url.origin)
      } as endpointUrl: plain http to another machine is not encrypted; use https, or set allowHttp`,
    );
  }
  return url;
}
