import { Mirror } from "../../src/mirror/mod.ts";
import { startUi, type Ui, type UiOptions } from "../../src/web/mod.ts";
import { makeFolder } from "../support/folder.ts";

/** An answer, as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A request, of which every header can be chosen. */
export interface RawQuestion {
  method?: string;
  /** `undefined` leaves a header out that is sent otherwise. */
  headers?: Record<string, string | undefined>;
  body?: string;
}

/** A page's server, asked over plain sockets: `fetch()` sets headers of its own. */
export interface TestUi extends AsyncDisposable {
  readonly ui: Ui;
  readonly folder: string;
  /** The cookie, as a browser sends it that has opened the address. */
  readonly cookie: string;
  /** What `POST` has to bring along. */
  readonly token: string;
  /** Asks for a path as the page does, unless other headers are named. */
  ask(path: string, question?: RawQuestion): Promise<RawAnswer>;
  /** Sends text, and returns all that comes back until the server closes. */
  send(text: string): Promise<string>;
}

/** Starts the page's server over an empty folder, or over another mirror. */
export async function startTestUi(
  options: Partial<UiOptions> = {},
): Promise<TestUi> {
  const folder = await makeFolder();
  const ui = startUi({
    location: folder.path,
    openReader: () => Mirror.open(folder.path, { readOnly: true }),
    openReaderOf: () => Promise.reject(new Error("not opened in this test")),
    openWriter: () => Promise.reject(new Error("not opened in this test")),
    explain: (error) => error instanceof Error ? error.message : String(error),
    ...options,
  });
  const host = `127.0.0.1:${ui.port}`;
  const { cookie, token } = await welcomeOf(ui.address);
  const ask = async (path: string, question: RawQuestion = {}) => {
    const { method = "GET", headers = {}, body } = question;
    const all: Record<string, string | undefined> = {
      host,
      cookie,
      connection: "close",
      ...(body !== undefined && {
        "content-length": String(new TextEncoder().encode(body).length),
      }),
      ...headers,
    };
    const lines = Object.entries(all)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${value}\r\n`);
    return parse(
      await exchange(
        ui.port,
        `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`,
      ),
    );
  };
  return {
    ui,
    folder: folder.path,
    cookie,
    token,
    ask,
    send: (text) => exchange(ui.port, text),
    async [Symbol.asyncDispose]() {
      await ui[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The cookie that an address gives, and what a `POST` has to bring along. */
export async function welcomeOf(
  address: string,
): Promise<{ cookie: string; token: string }> {
  const response = await fetch(address);
  const [, token = ""] = /url=\/#key=([\da-f]{64})"/
    .exec(await response.text()) ?? [];
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  return { cookie, token };
}

/** Sends text over a connection of its own, and reads until the other side closes it. */
async function exchange(port: number, text: string): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = new TextEncoder().encode(text);
  const writing = (async () => {
    for (let done = 0; done < bytes.length;) {
      done += await conn.write(bytes.subarray(done));
    }
  })().catch(() => {}); // a server may close before it has taken all
  const decoder = new TextDecoder();
  const piece = new Uint8Array(65_536);
  let answer = "";
  try {
    for (let read; (read = await conn.read(piece)) !== null;) {
      answer += decoder.decode(piece.subarray(0, read), { stream: true });
    }
  } catch { /* closed with a reset */ }
  await writing;
  return answer;
}

function parse(text: string): RawAnswer {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = new Headers();
  for (const line of lines) {
    const at = line.indexOf(":");
    headers.append(line.slice(0, at), line.slice(at + 1).trim());
  }
  return {
    status: Number(first.split(" ")[1]),
    headers,
    text: rest.join("\r\n\r\n"),
  };
}
