import { assertString, didYouMean, quote } from "../base/mod.ts";

/** Names of this machine itself, as `URL` writes them. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether an address is this machine's own. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}

const EXPECTED = "expected an address such as https://files.polygon.io";

/** What is wrong with an address that is none, as far as that can be told. */
function findHint(text: string): string {
  const bare = text.trim();
  if (/^["'].*["']$/.test(bare)) return "leave out the quotation marks";
  // "localhost:9000" reads as an address with the scheme "localhost:".
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
 * Checks that an endpoint's address is not that of a bucket: the bucket's name would be
 * in the path twice.
 *
 * @throws {RangeError} If its path ends in the bucket's name.
 */
export function checkEndpointPath(endpoint: URL, bucket: string): void {
  const path = endpoint.pathname.replace(/\/+$/, "");
  if (!path.endsWith(`/${bucket}`)) return;
  const without = endpoint.origin + path.slice(0, -bucket.length - 1);
  throw new RangeError(
    `Cannot use ${
      quote(endpoint.origin + path)
    } as endpointUrl: its path ends in the bucket's name, which is added anyway; use ${without}`,
  );
}

/**
 * Checks an endpoint's address.
 *
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If it is no address of a service, carries a user name or password, or
 * would send requests over plain `http:` to another machine without `allowHttp`.
 */
export function checkEndpoint(endpointUrl: unknown, allowHttp: boolean): URL {
  assertString(endpointUrl, "endpointUrl");
  const url = URL.parse(endpointUrl);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new RangeError(
      `Cannot use ${
        // What cannot be read may still hold a password.
        endpointUrl.includes("@") ? "this endpointUrl" : quote(
          endpointUrl,
        )} as endpointUrl: ${
        endpointUrl.includes("@") ? EXPECTED : findHint(endpointUrl)
      }`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new RangeError(
      `Cannot use an endpointUrl with a user name or password in it: ${url.host} takes credentials only`,
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
      } as endpointUrl: plain http to another machine shows everybody on the way what is read; use https, or set allowHttp`,
    );
  }
  return url;
}
