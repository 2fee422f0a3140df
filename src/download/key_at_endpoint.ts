import { SERVICE_HOSTS, toLayout } from "../catalog/mod.ts";

/** A key, or a prefix of keys, under the name it bears at an endpoint. */
export function keyAtEndpoint(endpoint: URL, key: string): string {
  return SERVICE_HOSTS.includes(endpoint.hostname)
    ? toLayout(key, "live")
    : key;
}
