import { delay } from "@std/async/delay";
import type { Mirror } from "../../mirror/mod.ts";
import { errorAnswer, RequestError } from "./answers.ts";
import type { UiDefaults } from "./api_types.ts";
import { EventHub } from "./events.ts";
import { guard, guardPost } from "./guard.ts";
import { secure } from "./headers.ts";
import { PAGE_PATHS, pageAnswer } from "./page_files.ts";
import { strangerPage, usedPage, welcomePage } from "./plain_page.ts";
import { readBody } from "./read_body.ts";
import type { Route } from "./route.ts";
import { Secrets } from "./secrets.ts";
import type {
  OpenedMirror,
  OpenMirrorOptions,
  UiContext,
} from "./ui_context.ts";

/** How long answers may take to end once the server is to end, in milliseconds. */
const PATIENCE = 1000;
/** How often is tried to open a mirror that could not be opened, in milliseconds. */
const AGAIN_AFTER = 2000;

/** Options of {@linkcode startUi}. */
export interface UiOptions {
  /** Where the mirror is, as the user named it. */
  readonly location: string;
  /** Whether nothing is written, and no job done. @default {false} */
  readonly isReadOnly?: boolean;
  /** Why, in a sentence, if so. */
  readonly readOnlyReason?: string | undefined;
  /** Opens the mirror read-only, without a downloader; the server closes it. */
  readonly openReader: () => Promise<Mirror>;
  /** Opens it read-only as well, for one task, so that the service can be asked. */
  readonly openReaderOf: (options: OpenMirrorOptions) => Promise<OpenedMirror>;
  /** Opens it for writing, for one job. */
  readonly openWriter: (options: OpenMirrorOptions) => Promise<OpenedMirror>;
  /** What the command line and the configuration say for jobs. */
  readonly defaults?: UiDefaults;
  /** Whether credentials are at hand; `null` if only using them tells. */
  readonly hasCredentials?: () => boolean | null;
  /** An error in the words of the command line, without a secret. */
  readonly explain?: (error: unknown) => string;
  /** Flatbed's version. */
  readonly version?: string;
  /** The port on 127.0.0.1; 0 takes a free one. @default {0} */
  readonly port?: number;
  /** The clock. */
  readonly now?: () => Date;
}

/** A page that is served. */
export interface Ui extends AsyncDisposable {
  /** The address with the token: who knows it can use the page. */
  readonly address: string;
  /**
   * Makes an address that lets one browser in, once, soon: to be handed to a program whose
   * arguments other users of the machine can see.
   */
  addressOnce(): string;
  /** The port. */
  readonly port: number;
  /** Ends it: open streams are closed, other answers may take a second. */
  close(): Promise<void>;
}

/**
 * Serves the local page of a mirror, on loopback only.
 *
 * @param options The mirror, and how to serve it.
 * @returns The server; dispose of it to end it.
 * @throws {Deno.errors.AddrInUse} If the port is taken.
 */
export function startUi(options: UiOptions): Ui {
  const secrets = new Secrets();
  const closing = new AbortController();
  const hub = new EventHub();
  const last: (() => Promise<void>)[] = [];
  const reader = new Reader(options.openReader);
  const explain = options.explain ?? (() => "Something went wrong");
  const context: UiContext = {
    location: options.location,
    isReadOnly: options.isReadOnly ?? false,
    readOnlyReason: options.readOnlyReason,
    get reader() {
      return reader.mirror;
    },
    openReader: options.openReaderOf,
    openWriter: options.openWriter,
    defaults: options.defaults ?? {},
    events: hub,
    explain,
    hasCredentials: options.hasCredentials ?? (() => null),
    version: options.version ?? "",
    serverId: secrets.serverId,
    atEnd: (work) => void last.push(work),
    now: options.now ?? (() => new Date()),
  };
  let routes: Promise<ReadonlyMap<string, Route>> | undefined;

  async function answer(
    request: Request,
    left: AbortSignal,
  ): Promise<Response> {
    const url = new URL(request.url);
    const { method } = request;
    const path = url.pathname;
    const verdict = guard(request, url, secrets);
    if (verdict === "welcome") return await welcomePage(secrets);
    if (verdict === "used") {
      hub.dismiss();
      return await usedPage();
    }
    if (verdict === "stranger") {
      if (path === "/") return await strangerPage();
      throw new RequestError(
        401,
        "no-cookie",
        "Open the address that 'flatbed ui' printed, with its token",
      );
    }
    if (method === "GET" && PAGE_PATHS.includes(path)) {
      return await pageAnswer(path, request);
    }
    let body: unknown;
    if (method === "POST") {
      guardPost(request, secrets);
      if (context.isReadOnly) {
        throw new RequestError(
          403,
          "read-only",
          context.readOnlyReason ?? "This page may only read",
        );
      }
      body = await readBody(request);
    }
    const table = await (routes ??= loadRoutes(context));
    const route = table.get(`${method} ${path}`);
    if (route === undefined) throw noRoute(path, table);
    await reader.open();
    return await route.handle({
      url,
      query: url.searchParams,
      headers: request.headers,
      body,
      signal: AbortSignal.any([left, closing.signal]),
    }, context);
  }

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: options.port ?? 0,
    onListen() {},
    onError: () => secure(new Response(null, { status: 500 })),
  }, async (request, { completed }) => {
    const left = new AbortController();
    completed.catch(() => left.abort(new Error("nobody waits any more")));
    try {
      const response = await answer(request, left.signal);
      return response.headers.has("content-security-policy")
        ? response
        : secure(response);
    } catch (error) {
      const response = secure(errorAnswer(error, explain));
      if (error instanceof NotAllowed) {
        response.headers.set("allow", error.allowed.join(", "));
      }
      return response;
    }
  });

  // While a browser starts, there is time to load what it will ask for.
  const warming = setTimeout(() => void (routes ??= loadRoutes(context)));

  async function close(): Promise<void> {
    clearTimeout(warming);
    hub[Symbol.dispose]();
    closing.abort(new Error("the server ends"));
    await Promise.allSettled(last.map((work) => work()));
    const patience = new AbortController();
    await Promise.race([
      server.shutdown().catch(() => {}),
      delay(PATIENCE, { signal: patience.signal }).catch(() => {}),
    ]);
    patience.abort();
    server.unref();
    await routes;
    await reader.close();
  }

  let closed: Promise<void> | undefined;
  const { port } = server.addr;
  const addressWith = (token: string) =>
    `http://127.0.0.1:${port}/?token=${token}`;
  return {
    address: addressWith(secrets.address),
    addressOnce: () => addressWith(secrets.makeTicket()),
    port,
    close: () => closed ??= close(),
    [Symbol.asyncDispose]: () => closed ??= close(),
  };
}

/** Loads what answers the API, and begins to feed the events: a start need not wait for it. */
async function loadRoutes(
  context: UiContext,
): Promise<ReadonlyMap<string, Route>> {
  const { FEEDS, ROUTES } = await import("./routes.ts");
  for (const feedOf of FEEDS) context.events.add(feedOf(context));
  return new Map(
    ROUTES.map((route) => [`${route.method} ${route.path}`, route]),
  );
}

/** A path that answers to other methods. */
class NotAllowed extends RequestError {
  constructor(readonly allowed: readonly string[], message: string) {
    super(405, "method-not-allowed", message);
  }
}

function noRoute(
  path: string,
  table: ReadonlyMap<string, Route>,
): RequestError {
  const allowed = PAGE_PATHS.includes(path)
    ? ["GET"]
    : ["GET", "POST"].filter((method) => table.has(`${method} ${path}`));
  return allowed.length > 0
    ? new NotAllowed(allowed, `Expected ${allowed.join(" or ")}`)
    : new RequestError(404, "not-found", "There is nothing at this address");
}

/** The mirror for reading: opened when it is first needed, and again if that failed. */
class Reader {
  readonly #open: () => Promise<Mirror>;
  #mirror: Mirror | undefined;
  #error: unknown = new Error("The mirror is not open yet");
  #opening: Promise<void> | undefined;
  #triedAt = -Infinity;

  constructor(open: () => Promise<Mirror>) {
    this.#open = open;
  }

  /** The open mirror; throws why it cannot be opened. */
  get mirror(): Mirror {
    if (this.#mirror === undefined) throw this.#error;
    return this.#mirror;
  }

  /** Opens it, unless it is open or was just tried. */
  async open(): Promise<void> {
    if (this.#mirror !== undefined) return;
    if (
      this.#opening === undefined &&
      performance.now() - this.#triedAt > AGAIN_AFTER
    ) {
      this.#opening = this.#try().finally(() => this.#opening = undefined);
    }
    await this.#opening;
  }

  async #try(): Promise<void> {
    try {
      this.#mirror = await this.#open();
    } catch (error) {
      this.#error = error;
    }
    this.#triedAt = performance.now();
  }

  async close(): Promise<void> {
    await this.#opening;
    await this.#mirror?.[Symbol.asyncDispose]();
  }
}
