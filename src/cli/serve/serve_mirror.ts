import { formatBytes } from "../../base/mod.ts";
import { isLoopback } from "../../store/mod.ts";
import type { Gateway, GatewayOptions, GatewayRecord } from "../../web/mod.ts";
import { messageOf } from "../arguments.ts";
import { assertMirror } from "../folder_options.ts";
import { formatCount } from "../format.ts";
import { interruptSignal } from "../interrupt.ts";
import { print, printError, printJson, style } from "../terminal.ts";
import { SetupError, UsageError } from "../usage.ts";

/** How long downloads may take to end once the command is to end, in milliseconds. */
const PATIENCE = 30_000;

/** Options of {@linkcode serveMirror}. */
export interface ServeMirrorOptions {
  mirror: string;
  host: string;
  port: number;
  accessKeyFile?: string;
  makeAccessKey?: boolean;
  bucket?: string;
  cert?: string;
  key?: string;
  log?: boolean;
  json?: boolean;
}

/** Serves a mirror until it is interrupted. */
export async function serveMirror(options: ServeMirrorOptions): Promise<void> {
  const { mirror: folder, json = false, log = false } = options;
  if (/^[a-z][\w+.-]+:\/\//i.test(folder)) {
    throw new UsageError(
      `Cannot serve '${folder}': --mirror takes a folder; a mirror in a bucket is served by its bucket's own service`,
    );
  }
  const tls = await readTls(options);
  await assertMirror(folder);
  const keys = await readKeys(options);
  const { Mirror } = await import("../../mirror/mod.ts");
  const { startGateway } = await import("../../web/mod.ts");
  using interrupt = interruptSignal();
  await using mirror = await Mirror.open(folder, {
    readOnly: true,
    command: "flatbed serve",
  });
  const broken = Promise.withResolvers<void>();
  const tell = (record: GatewayRecord) => {
    try {
      if (json) printJson({ code: "request", ...record });
      else print(describe(record));
    } catch (error) {
      broken.reject(error); // nobody reads the log any more
    }
  };
  const started: GatewayOptions = {
    mirror,
    keys,
    ...(options.bucket !== undefined && { bucket: options.bucket }),
    hostname: options.host,
    port: options.port,
    tls,
    onRequest: log ? tell : undefined,
    onError: (error) => printError(messageOf(error)),
  };
  await using gateway = await start(() => startGateway(started), options);
  announce(gateway, keys.length, options);
  const interrupted = new Promise<void>((resolve) =>
    interrupt.signal.addEventListener("abort", () => resolve(), { once: true })
  );
  await Promise.race([interrupted, broken.promise]);
  await end(gateway, json);
}

/** Lets downloads end; a second interruption breaks them off. */
async function end(gateway: Gateway, json: boolean): Promise<void> {
  using again = interruptSignal();
  const { sending } = gateway;
  if (sending > 0 && !json) {
    printError(
      `${formatCount(sending, "download")} may still end within ${
        PATIENCE / 1000
      } seconds; Ctrl+C breaks off`,
    );
  }
  const count = await gateway.shutdown(PATIENCE, again.signal);
  if (count > 0) printError(`${formatCount(count, "download")} broke off`);
}

async function readKeys(
  { accessKeyFile: file, makeAccessKey = false }: ServeMirrorOptions,
): Promise<GatewayOptions["keys"]> {
  if (file === undefined) {
    throw new UsageError(
      "A mirror is served to those who have an access key: name a file of keys with --access-key-file FILE, one on each line as ID:SECRET; with --make-access-key it is made, with a random one",
    );
  }
  const { AccessKeyFileError, makeAccessKeyFile, readAccessKeys } =
    await import("../../web/mod.ts");
  if (makeAccessKey && !await isThere(file)) {
    const id = makeAccessKeyFile(file);
    printError(`${file} was made, with the access key ${id} and its secret`);
  }
  try {
    return await readAccessKeys(file);
  } catch (error) {
    if (!(error instanceof AccessKeyFileError)) throw error;
    throw new SetupError(error.message);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function readTls(
  { cert, key }: ServeMirrorOptions,
): Promise<GatewayOptions["tls"]> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new UsageError("TLS needs both --cert and --key");
  }
  const { withFile } = await import("../../files/mod.ts");
  const read = (path: string) =>
    withFile("read", path, () => Deno.readTextFile(path));
  return { cert: await read(cert), key: await read(key) };
}

async function start(
  start: () => Promise<Gateway>,
  { host, port, cert, key }: ServeMirrorOptions,
): Promise<Gateway> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new UsageError(
        `Another program already listens on ${host}:${port}; name another port with --port`,
      );
    }
    if (error instanceof Deno.errors.AddrNotAvailable) {
      throw new UsageError(`--host: this machine has no address ${host}`);
    }
    if (error instanceof RangeError) throw new UsageError(messageOf(error));
    if (cert !== undefined && error instanceof Deno.errors.InvalidData) {
      throw new SetupError(
        `Cannot use ${cert} and ${key} for TLS: expected a certificate and its private key in PEM: ${
          messageOf(error)
        }`,
      );
    }
    throw error;
  }
}

function announce(
  { url: listening, bucket, size }: Gateway,
  keys: number,
  { mirror, host, cert, accessKeyFile, json = false }: ServeMirrorOptions,
): void {
  const isLocal = isLoopback(new URL(listening));
  // To listen on all addresses is no address that a client can ask.
  const url = json
    ? listening
    : listening.replace(/\/\/(0\.0\.0\.0|\[::\])(?=[:/]|$)/, "//HOST");
  if (json) {
    printJson({ code: "listening", url, bucket, files: size });
  } else {
    print(
      `${style("bold", `The mirror in ${mirror} is at ${url}`)}

It holds ${
        formatCount(size, "file")
      } in bucket '${bucket}', for those who sign with ${
        keys === 1 ? "the access key" : `one of the ${keys} access keys`
      } in ${accessKeyFile}${
        url === listening ? "" : "; HOST is this machine's name or address"
      }:

  aws --endpoint-url ${url} s3 ls s3://${bucket}/
  FLATBED_ENDPOINT_URL=${url} flatbed ls

Ctrl+C stops it.`,
    );
  }
  if (!isLocal && cert === undefined) {
    printError(
      `Other machines reach ${
        url === listening ? host : "it"
      }, and what is sent can be read on the way: --cert and --key add TLS`,
    );
  }
}

/** One line, with nothing in it that a client could use to forge another. */
function describe(record: GatewayRecord): string {
  const { time, remote, accessKeyId, status, method, path, prefix } = record;
  const what = prefix ? `${path}?prefix=${encodeURIComponent(prefix)}` : path;
  return [
    time.toISOString(),
    remote,
    accessKeyId || "-",
    status,
    method,
    what || "-",
    record.range && encodeURI(record.range),
    record.errorCode,
    formatBytes(record.bytesSent).replace(" ", ""),
    `${record.elapsed}ms`,
    record.isWhole ? undefined : "broken-off",
  ].filter((part) => part !== undefined).join(" ");
}
