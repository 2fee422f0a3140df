import { assertBucketName } from "../../base/mod.ts";
import type { Mirror } from "../../mirror/mod.ts";
import type { AccessKey } from "../../service/mod.ts";
import { Copies } from "./copies.ts";
import { type FileBody, openFileBody } from "./file_body.ts";
import { FileIndex } from "./file_index.ts";
import { GatewayExchange } from "./gateway_exchange.ts";
import { MirrorBucket } from "./mirror_bucket.ts";
import type { GatewayRecord } from "./request_record.ts";

/** A client that takes nothing for so long is left, in milliseconds. */
const STALL_MS = 10 * 60_000;
/** How long connections may take to end that nothing is sent on, in milliseconds. */
const LAST_MS = 1000;
/** How often that is looked at, in milliseconds. */
const SWEEP_MS = 15_000;

/** Options of `startGateway()`. */
export interface GatewayOptions {
  /** The mirror, opened read-only. The gateway does not close it. */
  readonly mirror: Mirror;
  /** The access keys that requests may be signed with, at least one. */
  readonly keys: readonly AccessKey[];
  /** The bucket's name. @default {"flatfiles"} */
  readonly bucket?: string;
  /** The address to listen on. @default {"127.0.0.1"} */
  readonly hostname?: string;
  /** The port; 0 takes a free one. @default {0} */
  readonly port?: number;
  /** The certificate and its key in PEM, for TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** The clock of signatures. */
  readonly now?: () => Date;
  /** Called for each request once its answer has been sent or has broken off. */
  readonly onRequest?: ((record: GatewayRecord) => void) | undefined;
  /** Called with what went wrong on this machine. */
  readonly onError?: (error: unknown) => void;
}

/** A gateway that runs. */
export interface Gateway extends AsyncDisposable {
  /** Where it answers, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** The port. */
  readonly port: number;
  /** The bucket's name. */
  readonly bucket: string;
  /** How many files the mirror has. */
  readonly size: number;
  /** How many files are being sent. */
  readonly sending: number;
  /**
   * Takes no more requests, and waits for what is being sent.
   *
   * @param patience How long to wait, in milliseconds; what is not sent by then breaks off.
   * @param signal Ends the waiting.
   * @returns How many downloads broke off.
   */
  shutdown(patience: number, signal?: AbortSignal): Promise<number>;
}

/** Opens the gateway, as `startGateway()` says. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    mirror,
    keys,
    bucket: name = "flatfiles",
    hostname = "127.0.0.1",
    port = 0,
    tls,
    now = () => new Date(),
    onRequest,
    onError = () => {},
  } = options;
  assertBucketName(name);
  if (keys.length === 0) {
    throw new RangeError("Cannot start the gateway: it needs an access key");
  }
  const copies = new Copies(await Deno.realPath(mirror.location));
  const index = await FileIndex.open(mirror, copies, onError);
  const bodies = new Set<FileBody>();
  const byStream = new WeakMap<object, FileBody>();
  const bucket = new MirrorBucket(name, index, copies, async (...range) => {
    const body = await openFileBody(...range, (body) => bodies.delete(body));
    bodies.add(body);
    byStream.set(body.stream, body);
    return body.stream;
  });
  const sweep = setInterval(() => {
    const since = performance.now() - STALL_MS;
    for (const body of bodies) {
      if (body.lastTaken < since) {
        body.abort(new Error("the client has stalled"));
      }
    }
  }, SWEEP_MS);
  Deno.unrefTimer(sweep);
  const sentOf = (stream: unknown) =>
    typeof stream === "object" && stream !== null
      ? byStream.get(stream)?.sent ?? 0
      : 0;
  const service = { bucket, keys, now, sentOf, onError };
  const server = Deno.serve({
    hostname,
    port,
    ...tls,
    onListen() {},
    // A body that breaks off ends up here as well.
    onError: () => new Response(null, { status: 500 }),
  }, (request, { remoteAddr, completed }) => {
    const exchange = new GatewayExchange(request, service);
    if (onRequest !== undefined) {
      const remote = "hostname" in remoteAddr ? remoteAddr.hostname : "";
      completed.then(() => true, () => false)
        .then((isWhole) => onRequest(exchange.record(remote, isWhole)));
    }
    return exchange.answer();
  });

  async function end(patience: number, signal?: AbortSignal): Promise<number> {
    clearInterval(sweep);
    server.shutdown().catch(onError);
    const wait = async (time: number) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, time);
      const stop = () => resolve();
      signal?.addEventListener("abort", stop);
      await Promise.race([server.finished, promise]);
      signal?.removeEventListener("abort", stop);
      clearTimeout(timer);
    };
    await wait(patience);
    const broken = bodies.size;
    for (const body of bodies) body.abort(new Error("the gateway ends"));
    // Some connection may be in the middle of a request that never ends.
    await wait(LAST_MS);
    server.unref();
    await index.settled();
    return broken;
  }

  let ended: Promise<number> | undefined;
  const { addr } = server;
  const host = addr.hostname.includes(":")
    ? `[${addr.hostname}]`
    : addr.hostname;
  return {
    url: `${tls === undefined ? "http" : "https"}://${host}:${addr.port}`,
    port: addr.port,
    bucket: name,
    get size() {
      return index.size;
    },
    get sending() {
      return bodies.size;
    },
    shutdown: (patience, signal) => ended ??= end(patience, signal),
    async [Symbol.asyncDispose]() {
      await (ended ??= end(0));
    },
  };
}
