/** A request as it stood on the wire. */
export interface RawRequest {
  /** How many requests came before it, on all connections. */
  index: number;
  /** Which connection it came on, counted from 0. */
  connection: number;
  method: string;
  /** The path and the query, as sent. */
  target: string;
  /** The path, decoded. */
  path: string;
  query: URLSearchParams;
  headers: Headers;
}

/** Writes an answer byte by byte: right, wrong, or not at all. */
export class Wire {
  readonly #conn: Deno.Conn;
  readonly #gone = new AbortController();
  /** Whether this side has closed the connection. */
  isClosed = false;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Sends bytes or text; what the other side does not want any more is dropped. */
  async send(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === "string"
      ? new TextEncoder().encode(data)
      : data;
    try {
      for (let done = 0; done < bytes.length;) {
        done += await this.#conn.write(bytes.subarray(done));
      }
    } catch {
      this.close();
    }
  }

  /** Sends a status line and headers. */
  async head(
    status: number,
    headers: Record<string, string | number> = {},
  ): Promise<void> {
    const lines = Object.entries(headers).map(([name, value]) =>
      `${name}: ${value}\r\n`
    );
    await this.send(`HTTP/1.1 ${status} Whatever\r\n${lines.join("")}\r\n`);
  }

  /** Sends a whole answer with its length. */
  async answer(
    status: number,
    body: Uint8Array | string = "",
    headers: Record<string, string | number> = {},
  ): Promise<void> {
    const bytes = typeof body === "string"
      ? new TextEncoder().encode(body)
      : body;
    await this.head(status, { "Content-Length": bytes.length, ...headers });
    if (bytes.length > 0) await this.send(bytes);
  }

  /** Ends the connection. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#gone.abort();
    this.#conn.close();
  }

  /** Resolves when either side has ended the connection: an answer that never comes. */
  async stall(): Promise<void> {
    const buffer = new Uint8Array(1024);
    try {
      while (await this.#conn.read(buffer) !== null);
    } catch {
      // reset: gone as well
    }
    this.close();
  }
}

/** How a {@linkcode RawServer} answers. */
export type RawHandler = (request: RawRequest, wire: Wire) => unknown;

/**
 * An HTTP/1.1 server that does what it is told on the wire, for what no well-behaved
 * server does. It knows GET and HEAD, keeps connections alive, and counts them.
 */
export class RawServer implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #handler: RawHandler;
  readonly #wires = new Set<Wire>();
  readonly #serving = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  /** All requests so far. */
  readonly requests: RawRequest[] = [];
  /** How many connections were made. */
  connections = 0;
  /** How many connections were open at once, at most. */
  mostOpen = 0;
  /** What a handler failed with. */
  failure: unknown;

  constructor(handler: RawHandler) {
    this.#handler = handler;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  /** The port. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Where it answers. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const wire of this.#wires) wire.close();
    await this.#accepting;
    await Promise.all(this.#serving);
    if (this.failure !== undefined) throw this.failure;
  }

  async #accept(): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        conn.setNoDelay(); // what is sent in two pieces would wait between them
        const serving = this.#serve(conn, this.connections++)
          .finally(() => this.#serving.delete(serving));
        this.#serving.add(serving);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #serve(conn: Deno.Conn, connection: number): Promise<void> {
    const wire = new Wire(conn);
    this.#wires.add(wire);
    this.mostOpen = Math.max(this.mostOpen, this.#wires.size);
    try {
      while (!wire.isClosed) {
        const head = await readHead(conn);
        if (head === undefined) break;
        const request = parseHead(head, this.requests.length, connection);
        this.requests.push(request);
        try {
          await this.#handler(request, wire);
        } catch (error) {
          this.failure ??= error;
          break;
        }
      }
    } finally {
      this.#wires.delete(wire);
      wire.close();
    }
  }
}

async function readHead(conn: Deno.Conn): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    const count = await conn.read(buffer).catch(() => null);
    if (count === null) return undefined;
    head += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return head;
}

function parseHead(
  head: string,
  index: number,
  connection: number,
): RawRequest {
  const [line = "", ...lines] = head.trimEnd().split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const url = new URL(target, "http://host");
  return {
    index,
    connection,
    method,
    target,
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: new Headers(lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    })),
  };
}
