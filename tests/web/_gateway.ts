import type { Mirror } from "../../src/mirror/mod.ts";
import {
  type Gateway,
  type GatewayOptions,
  type GatewayRecord,
  startGateway,
} from "../../src/web/mod.ts";
import { signedFetch, type SignedFetchOptions } from "../support/s3_client.ts";

/** A made-up key of a gateway. */
export const KEY = {
  accessKeyId: "analyst@desk-1",
  secretAccessKey: "made-up-gateway-secret",
};

/** A gateway that keeps its requests. */
export interface RecordedGateway extends Gateway {
  readonly records: GatewayRecord[];
  readonly errors: unknown[];
  /** Asks it for something, signed with {@linkcode KEY}. */
  ask(path: string, options?: SignedFetchOptions): Promise<Response>;
  /** Lists keys. */
  list(query?: string): Promise<string[]>;
}

/** Starts a gateway that takes {@linkcode KEY}. */
export async function startRecordedGateway(
  mirror: Mirror,
  options: Partial<GatewayOptions> = {},
): Promise<RecordedGateway> {
  const records: GatewayRecord[] = [];
  const errors: unknown[] = [];
  const gateway = await startGateway({
    mirror,
    keys: [KEY],
    onRequest: (record) => records.push(record),
    onError: (error) => errors.push(error),
    ...options,
  });
  const ask = (path: string, options: SignedFetchOptions = {}) =>
    signedFetch(gateway, path, { ...KEY, ...options });
  return Object.defineProperties(gateway as RecordedGateway, {
    records: { value: records },
    errors: { value: errors },
    ask: { value: ask },
    list: {
      value: async (query = "list-type=2") => {
        const xml = await (await ask(`/flatfiles?${query}`)).text();
        return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key);
      },
    },
  });
}
