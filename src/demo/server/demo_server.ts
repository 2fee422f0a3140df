import {
  assertBoolean,
  assertBucketName,
  assertOneOf,
  assertString,
  wrongValue,
} from "../../base/mod.ts";
import { verifySignature } from "../../service/mod.ts";
import { assertScale } from "../data/assert_scale.ts";
import { ROW_ORDERS, type RowOrder } from "../data/row_order.ts";
import { DEMO_CREDENTIALS, type DemoCredentials } from "./credentials.ts";
import { DemoBucket } from "./demo_bucket.ts";
import { Exchange } from "./exchange.ts";
import type { Fault } from "./fault.ts";
import { FaultPlan } from "./fault_plan.ts";
import type { RequestRecord } from "./request_record.ts";
import { routeRequest } from "./route.ts";
import type { DemoObjects } from "./static_objects.ts";
import type { StaticObject } from "./static_object.ts";
import { Uploads } from "./uploads.ts";

/** The methods of a service that is only read. */
const READ_METHODS = ["GET", "HEAD"];
/** Those of one that can be written to. */
const WRITABLE_METHODS = [...READ_METHODS, "PUT", "POST", "DELETE"];

/** Options of {@linkcode startDemoServer}. */
export interface DemoServerOptions {
  /** The address to listen on. @default {"127.0.0.1"} */
  hostname?: string;
  /** The port; 0 takes a free one. @default {0} */
  port?: number;
  /** Whether `hostname` may be one that other machines reach. @default {false} */
  allowRemote?: boolean;
  /** The bucket's name. @default {"flatfiles"} */
  bucket?: string;
  /** The access key that requests must be signed with. @default {DEMO_CREDENTIALS} */
  credentials?: DemoCredentials;
  /** Multiplies the sizes of the generated files: 0.01 to 100000. @default {1} */
  scale?: number;
  /**
   * The order of the rows of trades, quotes and values. By default option quotes are in
   * runs, all others sorted.
   */
  order?: RowOrder;
  /**
   * Whether there are rows that readers stumble over: tickers such as `NA` and `AMpB`,
   * times that are none, sizes such as `4.000000`. @default {false}
   */
  oddities?: boolean;
  /** The service's clock: signatures must be of about this time, and no later file is there. */
  now?: () => Date;
  /** What goes wrong. */
  faults?: Iterable<Fault>;
  /**
   * Whether objects may be put: by PutObject, or in parts.
   *
   * @default {false}
   */
  writable?: boolean;
  /** Objects besides the generated ones, or in their place. */
  objects?: Iterable<readonly [key: string, object: StaticObject]>;
  /** Called for each request once its answer has been sent or has broken off. */
  onRequest?: (record: RequestRecord) => void;
}

/** A demo service that runs. */
export interface DemoServer extends AsyncDisposable {
  /** Where it answers, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** The port. */
  readonly port: number;
  /** The bucket's name. */
  readonly bucket: string;
  /** The access key that it takes. */
  readonly credentials: DemoCredentials;
  /** What goes wrong; it may be changed at any time. */
  readonly faults: FaultPlan;
  /** The objects that were added, replaced or deleted; it may be changed at any time. */
  readonly objects: DemoObjects;
  /** How many uploads in parts have begun and not ended. */
  readonly openUploads: number;
  /** Ends the service at once, with all answers under way. */
  shutdown(): Promise<void>;
}

/**
 * Starts an S3 service of made-up market data on this machine: a bucket with
 * every published file of all 33 datasets, generated when it is asked for, the
 * same each time. It takes signed GET and HEAD requests only, unless it is `writable`.
 * Nothing in it was ever traded: each answer says so in its `x-flatbed-demo` header.
 *
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If an option has an impossible value, or `hostname` is one that other machines reach and `allowRemote` is not set.
 *
 * @example
 * ```ts
 * import { startDemoServer } from "../mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = startDemoServer({
 *   faults: [{ kind: "drop", after: 1000, times: 1 }],
 * });
 * const unsigned = await fetch(`${server.url}/flatfiles/README.txt`);
 * assertEquals(unsigned.status, 403);
 * await unsigned.body?.cancel();
 * ```
 */
export function startDemoServer(options: DemoServerOptions = {}): DemoServer {
  const {
    hostname = "127.0.0.1",
    port = 0,
    allowRemote = false,
    bucket = "flatfiles",
    credentials = DEMO_CREDENTIALS,
    scale = 1,
    order,
    oddities = false,
    now = () => new Date(),
    writable = false,
    faults = [],
    objects = [],
    onRequest = () => {},
  } = options;
  assertBucketName(bucket);
  assertCredentials(credentials);
  assertOptions(hostname, port, scale);
  if (!allowRemote && !isLoopback(hostname)) {
    throw new RangeError(
      `Cannot start the demo service on '${hostname}': other machines could reach it, which needs allowRemote`,
    );
  }
  const plan = new FaultPlan(faults);
  if (order !== undefined) assertOneOf(order, "order", ROW_ORDERS);
  assertBoolean(oddities, "oddities");
  const content = new DemoBucket(
    { scale, order, oddities },
    now,
    objects,
    (key, object) => plan.alter(key, object),
  );
  const uploads = writable ? new Uploads() : undefined;
  const ending = new AbortController();
  const reports = new Set<Promise<void>>();

  const server = Deno.serve({
    hostname,
    port,
    signal: ending.signal,
    onListen() {},
    // A body that breaks off on purpose ends up here as well.
    onError: () => new Response(null, { status: 500 }),
  }, async (request, { completed }) => {
    const exchange = new Exchange(request, ending.signal, now);
    const report = completed.then(() => true, () => false)
      .then((isWhole) => onRequest(exchange.record(isWhole)))
      .finally(() => reports.delete(report));
    reports.add(report);
    const { method, headers } = request;
    return await exchange.answer(
      writable ? WRITABLE_METHODS : READ_METHODS,
      async (target) => {
        const body = writable ? await request.bytes() : new Uint8Array();
        const signed = { method, target, headers, body };
        verifySignature(signed, {
          keys: [credentials],
          now: now(),
          takesSessionTokens: true,
        });
        return routeRequest(signed, bucket, content, uploads);
      },
      plan,
      (key) => content.change(key),
    );
  });

  const address = server.addr;
  let ended: Promise<void> | undefined;
  async function shutdown(): Promise<void> {
    ending.abort();
    await server.finished;
    await Promise.all(reports);
  }
  return {
    url: `http://${
      address.hostname.includes(":")
        ? `[${address.hostname}]`
        : address.hostname
    }:${address.port}`,
    port: address.port,
    bucket,
    credentials,
    faults: plan,
    objects: content.objects,
    get openUploads() {
      return uploads?.size ?? 0;
    },
    shutdown: () => ended ??= shutdown(),
    [Symbol.asyncDispose]: () => ended ??= shutdown(),
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

function assertCredentials(credentials: DemoCredentials): void {
  for (const name of ["accessKeyId", "secretAccessKey"] as const) {
    assertString(credentials?.[name], `credentials.${name}`);
    if (credentials[name] === "") {
      throw wrongValue(`credentials.${name}`, "a string that is not empty", "");
    }
  }
}

function assertOptions(hostname: string, port: number, scale: number): void {
  assertString(hostname, "hostname");
  if (hostname === "") {
    throw wrongValue("hostname", "a string that is not empty", hostname);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw wrongValue("port", "an integer ≥ 0 and ≤ 65535", port);
  }
  assertScale(scale);
}
