import { type Command, InvalidArgumentError, Option } from "commander";
import { DATASETS } from "../../catalog/mod.ts";
import type {
  DemoServer,
  Fault,
  RequestRecord,
  RowOrder,
} from "../../demo/mod.ts";
import { messageOf, parseInteger, parsePositive } from "../arguments.ts";
import { formatBytes } from "../../base/mod.ts";
import { interruptSignal } from "../interrupt.ts";
import { print, printJson, style } from "../terminal.ts";
import type { ServeMirrorOptions } from "../serve/serve_mirror.ts";
import { notTogether, UsageError } from "../usage.ts";

interface ServeOptions extends Partial<ServeMirrorOptions> {
  port: number;
  host: string;
  allowRemote?: boolean;
  scale: number;
  order?: RowOrder;
  oddities?: boolean;
  fault?: string[];
  requests?: boolean;
  json?: boolean;
}

/** The options that only a mirror's service takes. */
const OF_MIRRORS = [
  "accessKeyFile",
  "makeAccessKey",
  "bucket",
  "cert",
  "key",
  "log",
];
/** The options that only the service with made-up data takes. */
const OF_DEMOS = [
  "allowRemote",
  "scale",
  "order",
  "oddities",
  "fault",
  "requests",
];

/** Adds `flatbed serve`. */
export function addServeCommand(program: Command): void {
  program.command("serve")
    .summary("serve a mirror to S3 clients, or made-up data")
    .description(
      "With --mirror, give a mirror to all S3 clients, which can read it: boto3, aws, rclone, Polars, DuckDB, Flatbed itself. Without it, run a service that behaves like the real one: all datasets, checked signatures, made-up market data. Ctrl+C stops it.",
    )
    .option("--mirror <folder>", "the mirror to serve")
    .option(
      "--access-key-file <file>",
      "the access keys of those who may read the mirror, one on each line as ID:SECRET",
    )
    .option(
      "--make-access-key",
      "make that file with a random key, if it does not exist",
    )
    .option("--bucket <name>", "the bucket's name (default: flatfiles)")
    .option("--cert <file>", "the certificate in PEM, for TLS")
    .option("--key <file>", "the certificate's private key in PEM")
    .option("--log", "print each request to the mirror")
    .addOption(
      new Option("--port <port>", "the port; 0 picks a free one")
        .argParser(parsePort).default(9000),
    )
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option(
      "--allow-remote",
      "without --mirror: allow an address that other machines can reach",
    )
    .addOption(
      new Option(
        "--scale <factor>",
        "the size of made-up files: 1 means up to some hundred kB, 1000 up to some hundred MB",
      )
        .argParser(parsePositive).default(1),
    )
    .addOption(
      new Option(
        "--order <order>",
        "the order of made-up rows of trades and quotes: by ticker, in two to eight runs of which each is, or none; by default option quotes are in runs, all others sorted",
      ).choices(["sorted", "runs", "shuffled"]),
    )
    .option(
      "--oddities",
      "made-up rows that readers stumble over: tickers such as NA and AMpB, times that are none, sizes such as 4.000000",
    )
    .option(
      "--fault <fault>",
      "inject a fault; can be given more than once",
      (fault: string, faults: string[] = []) => [...faults, fault],
    )
    .option("--requests", "print each request for made-up data")
    .option(
      "--json",
      "one line of JSON for the address, and one for each request",
    )
    .addHelpText(
      "after",
      `
A mirror can be served while a sync writes to it. Requests must be signed with one of the
keys; nothing can be written. docs/gateway.md has the lines for each client.

Without --mirror, a fault is a kind and its parameters, separated by commas. 'key' limits it to keys with
that prefix, 'operation' to get, head or list, 'method' to GET or HEAD; 'times' is the
number of requests it affects, 'skip' the number to let pass first:
  drop,after=1000         the connection breaks after 1,000 bytes
  stall,after=1000        nothing more comes after 1,000 bytes
  status=503,retry-after=1,times=3
  status=403,code=AccessDenied
  truncate,after=1000     the object is cut short
  wrong-length            Content-Length does not match the body
  flip-bit,at=500         one bit is flipped
  changed-etag,skip=1     the object is replaced from the second request on
  forbidden,before=2022-01-01,key=us_options_opra/
Two apply to the objects themselves, and take only 'key' and 'how':
  damaged-source,how=cut  the gzip data is not whole: cut, empty, newline or checksum
  encrypted,how=aws:kms   the ETag is no MD5: aws:kms, aws:kms:dsse or customer

Examples:
  flatbed serve --mirror /data/flatfiles --access-key-file keys --make-access-key
  flatbed serve --mirror /data/flatfiles --access-key-file keys --host 0.0.0.0 \\
    --cert cert.pem --key key.pem --log
  flatbed serve
  flatbed serve --port 9001 --scale 100 --requests
  flatbed serve --fault drop,after=1000,times=2 --fault status=503,times=1`,
    )
    .action(async (options: ServeOptions, command: Command) => {
      assertTogether(command, options.mirror !== undefined);
      if (options.mirror !== undefined) {
        const { serveMirror } = await import("../serve/serve_mirror.ts");
        return await serveMirror({ ...options, mirror: options.mirror });
      }
      const { parseFault, startDemoServer } = await import("../../demo/mod.ts");
      const faults = (options.fault ?? []).map((text) =>
        readFault(parseFault, text)
      );
      using interrupt = interruptSignal();
      const start = () =>
        startDemoServer({
          port: options.port,
          hostname: options.host,
          allowRemote: options.allowRemote ?? false,
          scale: options.scale,
          order: options.order,
          oddities: options.oddities ?? false,
          faults,
          onRequest: options.requests || options.json
            ? (record) => printRequest(record, options)
            : undefined,
        });
      await using server = listen(start, options);
      const { accessKeyId, secretAccessKey } = server.credentials;
      if (options.json) {
        // The demo's credentials are printed: they are made up, and everybody's.
        printJson({
          code: "listening",
          url: server.url,
          bucket: server.bucket,
          accessKeyId,
          secretAccessKey,
        });
      } else {
        print(
          `${
            style(
              "bold",
              `An S3 service with made-up market data is at ${server.url}`,
            )
          }

It holds ${DATASETS.length} datasets in bucket '${server.bucket}'. In another terminal:

  export FLATBED_ENDPOINT_URL=${server.url}
  export FLATBED_ACCESS_KEY_ID=${accessKeyId}
  export FLATBED_SECRET_ACCESS_KEY=${secretAccessKey}
  flatbed ls stocks_daily --from 2024-01-01 --to 2024-01-31

Ctrl+C stops it.`,
        );
      }
      await new Promise((resolve) =>
        interrupt.signal.addEventListener("abort", resolve, { once: true })
      );
    });
}

/** Asserts that no option is given which the other service takes. */
function assertTogether(command: Command, isMirror: boolean): void {
  const wrong = command.options.find((option) =>
    (isMirror ? OF_DEMOS : OF_MIRRORS).includes(option.attributeName()) &&
    command.getOptionValueSource(option.attributeName()) === "cli"
  );
  if (wrong === undefined) return;
  if (isMirror) throw notTogether("--mirror", wrong.long ?? "");
  throw new UsageError(`${wrong.long} is of no use without --mirror`);
}

function listen(
  start: () => DemoServer,
  { host, port }: ServeOptions,
): DemoServer {
  try {
    return start();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new UsageError(
        `Another program already listens on ${host}:${port}; name another port with --port`,
      );
    }
    if (error instanceof RangeError) {
      throw new UsageError(
        messageOf(error).replace("allowRemote", "--allow-remote"),
      );
    }
    throw error;
  }
}

function parsePort(value: string): number {
  const port = parseInteger(0)(value);
  if (port > 65535) {
    throw new InvalidArgumentError("Expected a port ≤ 65535.");
  }
  return port;
}

function readFault(parse: (text: string) => Fault, text: string): Fault {
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function printRequest(record: RequestRecord, { json }: ServeOptions): void {
  const { method, key, bucket, range, status, bytesSent, errorCode } = record;
  if (json) {
    printJson({
      code: "request",
      method,
      bucket,
      key,
      query: record.query,
      range,
      status,
      errorCode,
      bytesSent,
    });
    return;
  }
  const prefix = record.query.prefix;
  const what = key || (prefix === undefined ? bucket : `${prefix}*`);
  const details = [range, errorCode].filter((detail) => detail).join(" ");
  print(
    `${status} ${method.padEnd(4)} ${what} ${formatBytes(bytesSent)} ${details}`
      .trimEnd(),
  );
}
