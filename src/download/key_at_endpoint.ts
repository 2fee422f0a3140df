import { SERVICE_HOSTS, toLayout } from "../catalog/mod.ts";

/** Translates a key, or a prefix, to the layout of an endpoint. */
export function keyAtEndpoint(endpoint: URL, key: string): string {
  return SERVICE_HOSTS.includes(endpoint.hostname)
    ? toLayout(key, "live")
    : key;
}
