import type {
  ApiError as ErrorAnswer,
  Session,
  UiEventName,
} from "../src/web/ui/api_types.ts";
import { postKey } from "./key.ts";
import { createStore } from "./store.ts";

/** An answer of the server that is an error, in the words of the command line. */
export class ApiError extends Error {
  override name = "ApiError";

  constructor(
    /** What it is, such as `busy`. */
    readonly code: string,
    message: string,
    /** The HTTP status; 0 if the server did not answer. */
    readonly status: number,
  ) {
    super(message);
  }
}

/**
 * How the page and its server stand: `gone` while the server does not answer, `stranger`
 * if it answers and does not know this browser, as another start of `flatbed ui` does.
 */
export type Connection = "connecting" | "connected" | "gone" | "stranger";

/** How the page and its server stand. */
export const connection = createStore<Connection>("connecting");
/** What the server has said of itself; `undefined` until it has. */
export const session = createStore<Session | undefined>(undefined);

/** Asks the server for something. */
export async function getJson<T>(
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<T> {
  return await readJson(await request(path, { signal: options.signal }));
}

/**
 * Asks for lines of JSON, and tells each as it comes.
 *
 * @returns The ETag to ask with again; `undefined` if nothing has changed since `etag`.
 */
export async function getLines(
  path: string,
  etag: string | undefined,
  tell: (line: unknown) => void,
  options: { signal?: AbortSignal } = {},
): Promise<string | undefined> {
  const headers: Record<string, string> = etag === undefined
    ? {}
    : { "If-None-Match": etag };
  const response = await request(path, { signal: options.signal, headers });
  if (response.status === 304) return undefined;
  if (!response.ok || response.body === null) return await readJson(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return response.headers.get("ETag") ?? "";
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) tell(JSON.parse(line));
  }
}

/** Has the server do something. */
export async function postJson<T>(
  path: string,
  body: unknown,
  options: { signal?: AbortSignal } = {},
): Promise<T> {
  const token = postKey();
  return await readJson(
    await request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Flatbed-Token": token },
      body: JSON.stringify(body),
      signal: options.signal,
    }),
  );
}

async function request(
  path: string,
  { signal, ...init }: Omit<RequestInit, "signal"> & {
    signal?: AbortSignal | undefined;
  },
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, ...(signal && { signal }) });
  } catch {
    signal?.throwIfAborted();
    connectLater(); // the events may go on, and tell nothing of it
    throw new ApiError(
      "server-gone",
      "The server does not answer: start 'flatbed ui' again",
      0,
    );
  }
  if (response.status === 401) connection.set("stranger");
  return response;
}

async function readJson<T>(response: Response): Promise<T> {
  if (response.ok) return await response.json();
  let said: Partial<ErrorAnswer> = {};
  try {
    said = await response.json();
  } catch {
    // Not of the API: the status says what there is to say.
  }
  throw new ApiError(
    said.error?.code ?? "unknown",
    said.error?.message ?? `The server answered with status ${response.status}`,
    response.status,
  );
}

/** All events: one that comes before anybody asks for it is kept as the last one. */
const EVENTS: readonly UiEventName[] = ["mirror", "activity", "job"];
const listeners = new Map<UiEventName, Set<(data: unknown) => void>>(
  EVENTS.map((name) => [name, new Set()]),
);
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let pause = 1000;

/**
 * Calls back with what each event of a name has, such as `mirror`, until the function that
 * it returns is called. After an interruption the server sends a snapshot, so that nothing
 * depends on an event that was missed.
 */
export function onServerEvent<T>(
  name: UiEventName,
  tell: (data: T) => void,
): () => void {
  const told = tell as (data: unknown) => void;
  listeners.get(name)?.add(told);
  const last = lastEvents.get(name);
  if (last !== undefined) told(last.data);
  return () => void listeners.get(name)?.delete(told);
}

/** The last event of each name: who comes later sees it at once. */
const lastEvents = new Map<string, { data: unknown }>();

function listenTo(name: UiEventName): void {
  source?.addEventListener(name, (event) => {
    const data: unknown = JSON.parse(event.data);
    lastEvents.set(name, { data });
    for (const tell of [...listeners.get(name) ?? []]) tell(data);
  });
}

/** For so long a server is waited for: a tunnel may take a connection and never answer, in milliseconds. */
const CONNECT_TIMEOUT = 10_000;

/** Connects with the server, and does so again whenever it comes back. */
export async function connect(): Promise<void> {
  clearTimeout(retry);
  try {
    const now = await getJson<Session>("/api/session", {
      signal: AbortSignal.timeout(CONNECT_TIMEOUT),
    });
    const before = session.get();
    // Another server has another page, perhaps.
    if (before && before.serverId !== now.serverId) return location.reload();
    session.set(now);
  } catch (error) {
    // Without an answer, request() has seen to it.
    const hasEnded = error instanceof ApiError && error.status === 0;
    const isStranger = error instanceof ApiError && error.status === 401;
    if (!hasEnded && !isStranger) connectLater();
    return;
  }
  listen();
}

function connectLater(): void {
  clearTimeout(retry);
  connection.set("gone");
  retry = setTimeout(connect, pause);
  pause = Math.min(pause * 1.5, 10_000);
}

function listen(): void {
  source?.close();
  lastEvents.clear();
  source = new EventSource("/api/events");
  EVENTS.forEach(listenTo);
  source.addEventListener("open", () => {
    pause = 1000;
    connection.set("connected");
  });
  source.addEventListener("error", () => {
    source?.close();
    source = undefined;
    // A page that is put away is not told that the server is gone.
    if (!document.hidden) connectLater();
  });
}

// A browser has few connections to a server, and a page that nobody sees needs none.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  } else void connect(); // another tab may have opened a new server's address
});
