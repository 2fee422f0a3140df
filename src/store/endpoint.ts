import { assertString, quote } from "./arguments.ts";

/** Names of this machine itself, as `URL` writes them. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

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
        )} as endpointUrl: an address such as https://files.polygon.io is wanted`,
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
    url.protocol === "http:" && !allowHttp && !LOOPBACK.test(url.hostname)
  ) {
    throw new RangeError(
      `Cannot use ${
        quote(url.origin)
      } as endpointUrl: plain http to another machine shows everybody on the way what is read; use https, or set allowHttp`,
    );
  }
  return url;
}
