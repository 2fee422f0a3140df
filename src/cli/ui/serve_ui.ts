import config from "../../../deno.json" with { type: "json" };
import type { OpenedMirror, Ui, UiDefaults, UiOptions } from "../../web/mod.ts";
import { readDataTypes } from "../arguments.ts";
import { connect, type ConnectionOptions } from "../connection.ts";
import { hasCredentials } from "../credentials.ts";
import { readRange } from "../dates.ts";
import { explainError } from "../explain_error.ts";
import { FirstRun } from "../first_run.ts";
import { interruptSignal } from "../interrupt.ts";
import { openMirror } from "../open_mirror.ts";
import { isBucket, type OutCommandOptions } from "../out_options.ts";
import { print, printError, printJson, style } from "../terminal.ts";
import { SetupError, UsageError } from "../usage.ts";
import { openBrowser } from "./open_browser.ts";
import { whyReadOnly } from "./why_read_only.ts";

/** How long the end may take before it is explained, in milliseconds. */
const PATIENCE = 1500;

/** Options of {@linkcode serveUi}. */
export interface ServeUiOptions extends ConnectionOptions, OutCommandOptions {
  dataTypes?: string[];
  from?: string | Readonly<Record<string, string>>;
  decompress?: boolean;
  memory?: number;
  keepReplaced?: boolean;
  trustEtag?: boolean;
  open: boolean;
  readOnly?: boolean;
  json?: boolean;
}

/** Serves the page on the first of some ports that is free, until it is interrupted. */
export async function serveUi(
  options: ServeUiOptions,
  ports: readonly number[],
): Promise<void> {
  using interrupt = interruptSignal();
  await assertNoFile(options.out);
  const why = options.readOnly
    ? "the page was started with --read-only"
    : await whyReadOnly(options.out);
  const { startUi } = await import("../../web/mod.ts");
  const ui = listen(ports, (port) =>
    startUi({
      port,
      location: options.out,
      isReadOnly: why !== undefined,
      readOnlyReason: why && why.charAt(0).toUpperCase() + why.slice(1),
      defaults: defaultsOf(options),
      hasCredentials: () => mayHaveCredentials(options),
      explain: (error) => explainError(error, new Date()),
      version: config.version,
      ...factoriesOf(options),
    }));
  announce(ui, why, options);
  if (options.open) openBrowser(ui.addressOnce());
  await aborted(interrupt.signal);
  // What works is stopped and waited for, unless somebody does not want to.
  using again = interruptSignal();
  const note = setTimeout(
    () => printError("Stopping what works; Ctrl+C again waits for nothing"),
    PATIENCE,
  );
  await Promise.race([ui.close(), aborted(again.signal)]);
  clearTimeout(note);
  if (again.signal.aborted) throw again.signal.reason;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) =>
    signal.addEventListener("abort", resolve, { once: true })
  );
}

/** Asserts that a mirror could be at its place, if that can be told. */
async function assertNoFile(out: string): Promise<void> {
  if (isBucket(out)) return;
  let found: Deno.FileInfo;
  try {
    found = await Deno.stat(out);
  } catch {
    return; // the page shows why it cannot be read
  }
  if (found.isDirectory) return;
  throw new SetupError(`Cannot use ${out} as a mirror: it is no folder`);
}

/** How the page opens the mirror. */
function factoriesOf(
  options: ServeUiOptions,
): Pick<UiOptions, "openReader" | "openReaderOf" | "openWriter"> {
  const { bucket, decompress, memory: transferMemory } = options;
  const how = { bucket, command: "flatbed ui" };
  const openHeld = async (
    readOnly: boolean,
    asksService: boolean,
  ): Promise<OpenedMirror> => {
    await using stack = new AsyncDisposableStack();
    // A job that begins a mirror and fails leaves nothing, as a command does.
    if (!readOnly) stack.use(await FirstRun.begin(options.out));
    const downloader = asksService
      ? stack.use(await connect(options))
      : undefined;
    const mirror = stack.use(
      await openMirror(options, {
        ...how,
        readOnly,
        decompress,
        transferMemory,
        ...(downloader !== undefined && { downloader }),
      }),
    );
    const held = stack.move();
    return {
      mirror,
      [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
    };
  };
  const open: typeof openHeld = async (readOnly, asksService) => {
    try {
      return await openHeld(readOnly, asksService);
    } catch (error) {
      throw error instanceof UsageError ? await asAnswer(error) : error;
    }
  };
  return {
    openReader: () =>
      openMirror(options, { ...how, readOnly: true, mayLag: true }),
    openReaderOf: ({ asksService }) => open(true, asksService),
    openWriter: ({ asksService }) => open(false, asksService),
  };
}

/** What this server was started without, such as credentials: no fault of its own. */
async function asAnswer({ message }: UsageError): Promise<Error> {
  const { RequestError } = await import("../../web/mod.ts");
  return new RequestError(409, "not-set-up", message);
}

/** What jobs begin with, from the command line and the configuration. */
function defaultsOf(options: ServeUiOptions): UiDefaults {
  const { maxConcurrent, keepReplaced, trustEtag, limitRate } = options;
  const dataTypes = options.dataTypes &&
    readDataTypes(options.dataTypes).map(({ id }) => id);
  const { from } = options.from === undefined
    ? { from: undefined }
    : readRange({ from: options.from }, dataTypes);
  return {
    ...(dataTypes !== undefined && { dataTypes }),
    ...(from !== undefined && { from }),
    ...(maxConcurrent !== undefined && { maxConcurrent }),
    ...(keepReplaced !== undefined && { keepReplaced }),
    ...(trustEtag !== undefined && { trustEtag }),
    ...(limitRate !== undefined && { limitRate }),
  };
}

/** Whether credentials are at hand, as far as that can be told without using them. */
function mayHaveCredentials(options: ServeUiOptions): boolean | null {
  const isElsewhere = options.credentials === "aws" ||
    options.profile !== undefined;
  return isElsewhere ? null : hasCredentials();
}

function listen(ports: readonly number[], start: (port: number) => Ui): Ui {
  for (const port of ports) {
    try {
      return start(port);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  const [first, last] = [ports.at(0), ports.at(-1)];
  throw new UsageError(
    first === last
      ? `Another program already listens on 127.0.0.1:${first}; name another port with --port`
      : `Other programs listen on all ports from ${first} to ${last} of 127.0.0.1; name a free one with --port, or let --port 0 find it`,
  );
}

function announce(
  { address, port }: Ui,
  why: string | undefined,
  { out, json = false }: ServeUiOptions,
): void {
  if (json) {
    printJson({
      code: "listening",
      url: address,
      port,
      location: out,
      readOnly: why !== undefined,
    });
    return;
  }
  print(
    `${style("bold", `The mirror in ${out} is at`)}

  ${address}

${
      why === undefined
        ? ""
        : `Nothing can be started or changed there: ${why}\n\n`
    }Whoever has this address can use the page, on this machine only. From another one, forward
the port first, then open the same address there:

  ssh -N -L ${port}:127.0.0.1:${port} USER@HOST

Ctrl+C ends it.`,
  );
}
