import { assertBucketName, assertString, quote } from "../base/mod.ts";
import { DATASETS } from "./dataset_table.ts";
import { SERVICE_HOSTS } from "./hosts.ts";
import { toLayout } from "./layout.ts";

const ROOTS: ReadonlySet<string> = new Set(
  DATASETS.flatMap(({ prefix }) => {
    const [root = ""] = prefix.split("/");
    return [root, toLayout(`${root}/`, "documented").slice(0, -1)];
  }),
);

/**
 * Extracts the key or prefix from what people paste: `s3://flatfiles/us_…`, `flatfiles/us_…`,
 * `https://files.massive.com/flatfiles/us_…` and `/us_…` are all `us_…`. Any other
 * text is returned unchanged.
 *
 * @param name A key or prefix, or an address of one.
 * @param bucket The bucket that is asked.
 * @param endpoint The service that is asked, where it is another than Polygon's and Massive's.
 * @returns The key or prefix.
 * @throws {TypeError} If an argument is not a string.
 * @throws {RangeError} If no bucket can have the name, or the address is one of another bucket or service.
 *
 * @example
 * ```ts
 * import { toKey } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   toKey("s3://flatfiles/us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz"),
 *   "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
 * );
 * ```
 */
export function toKey(
  name: string,
  bucket = "flatfiles",
  endpoint?: string,
): string {
  assertString(name, "name");
  assertBucketName(bucket);
  const address = /^(s3|s3a|s3n|https?):\/\/([^/]*)(.*)$/is.exec(name);
  if (address === null) {
    const plain = name.replace(/^\/+/, "");
    const [first, second = ""] = plain.split("/");
    // A bucket's own name may also be the first part of a key.
    return first === bucket && (second === "" || ROOTS.has(second))
      ? plain.slice(bucket.length).replace(/^\/+/, "")
      : plain;
  }
  const [, scheme = "", host = "", path = ""] = address;
  if (/^s3/i.test(scheme)) {
    return within(host, path.replace(/^\/+/, ""), bucket, name);
  }
  if (
    !SERVICE_HOSTS.includes(host.toLowerCase()) && host !== hostOf(endpoint)
  ) {
    throw new RangeError(
      `Cannot take ${shown(name)} as a key: it is an address of '${
        host.slice(0, 60)
      }', which is not the service that is asked`,
    );
  }
  const [pathname = ""] = path.split(/[?#]/);
  const [named = "", ...rest] = decoded(pathname).replace(/^\/+/, "")
    .split("/");
  return within(named, rest.join("/"), bucket, name);
}

function within(
  named: string,
  key: string,
  bucket: string,
  name: string,
): string {
  if (named === bucket) return key;
  throw new RangeError(
    `Cannot take ${shown(name)} as a key: it is one of bucket '${
      named.slice(0, 63)
    }', and bucket '${bucket}' is asked`,
  );
}

function hostOf(endpoint: string | undefined): string | undefined {
  return endpoint === undefined ? undefined : URL.parse(endpoint)?.host;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // it is not percent-encoded
  }
}

/** An address without its query, which may hold a signature, and without credentials. */
function shown(name: string): string {
  const [address = ""] = name.split(/[?#]/);
  const plain = address.replace(/^([a-z0-9]+:\/\/)[^/@]*@/i, "$1");
  return quote(plain);
}
