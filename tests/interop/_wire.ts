/** A request as it went by, and what became of it. */
export interface WireRequest {
  method: string;
  /** The path and the query, as sent. */
  target: string;
  /** The `Range` header, without `bytes=`. */
  range: string | undefined;
  /** The answer's status; `undefined` before it has begun. */
  status: number | undefined;
}

/** What is done to one answer after so many bytes of it. */
export interface Interference {
  /** Part of the targets that it is for. */
  target: string;
  /** How many bytes of the answer still come through, its head among them. */
  after: number;
  /** Whether the connection then ends, or nothing comes any more. */
  kind: "cut" | "hold";
}

const MAX_HEAD = 65_536;

/**
 * A wire to a server that somebody else wrote. Bytes go through as they are, so that
 * signatures stay right; what is asked is written down, and an answer can be cut off.
 */
export class Wire implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: Deno.ConnectOptions;
  readonly #conns = new Set<Deno.Conn>();
  readonly #passing = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  /** The requests so far. */
  readonly requests: WireRequest[] = [];
  /** Done before a request goes on to the server. */
  onRequest: ((request: WireRequest) => Promise<void> | void) | undefined;
  /** What happens to the next answer that it is for. */
  interference: Interference | undefined;
  /** What {@linkcode Wire.onRequest} failed with. */
  #failure: unknown;

  constructor(serverUrl: string) {
    const { hostname, port } = new URL(serverUrl);
    this.#target = { hostname, port: Number(port) };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  /** Where the server answers through the wire. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** The requests for what bears this in its target since the last call, in short. */
  take(part = ""): string[] {
    return this.requests.splice(0)
      .filter(({ target }) => target.includes(part))
      .map(({ method, range, status }) =>
        [method, range, status].filter((word) => word !== undefined).join(" ")
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) close(conn);
    await this.#accepting;
    await Promise.all(this.#passing);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) {
        const passing = this.#pass(client)
          .finally(() => this.#passing.delete(passing));
        this.#passing.add(passing);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #pass(client: Deno.Conn): Promise<void> {
    this.#conns.add(client);
    const server = await Deno.connect(this.#target).catch(() => undefined);
    if (server !== undefined) {
      this.#conns.add(server);
      const connection = new WiredConnection(this, client, server);
      const asking = connection.passRequests().catch((error) => {
        this.#failure ??= error;
      }).finally(() => close(server));
      await connection.passAnswers(asking).finally(() => close(client));
      await asking;
      this.#conns.delete(server);
    }
    close(client);
    this.#conns.delete(client);
  }
}

/** One connection, both ways. */
class WiredConnection {
  readonly #wire: Wire;
  readonly #client: Deno.Conn;
  readonly #server: Deno.Conn;
  #current: WireRequest | undefined;

  constructor(wire: Wire, client: Deno.Conn, server: Deno.Conn) {
    this.#wire = wire;
    this.#client = client;
    this.#server = server;
  }

  /** Passes requests on; those of a downloader have no bodies. */
  async passRequests(): Promise<void> {
    let head = "";
    for await (const bytes of readAll(this.#client)) {
      head += decodeLatin1(bytes);
      if (head.length > MAX_HEAD) throw new Error("a request without an end");
      if (!head.endsWith("\r\n\r\n")) continue;
      const [method = "", target = ""] = head.split(" ", 2);
      const range = /\r\nrange: *bytes=([^\r]*)/i.exec(head)?.[1];
      const request = { method, target, range, status: undefined };
      this.#current = request;
      this.#wire.requests.push(request);
      await this.#wire.onRequest?.(request);
      if (!await write(this.#server, encodeLatin1(head))) return;
      head = "";
    }
  }

  /** Passes answers on; each begins with a piece of its own, for the next request waits for its end. */
  async passAnswers(asking: Promise<void>): Promise<void> {
    let passed = 0;
    for await (const bytes of readAll(this.#server)) {
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(
        decodeLatin1(bytes.subarray(0, 13)),
      )?.[1];
      const request = this.#current;
      if (status !== undefined && request?.status === undefined) {
        if (request !== undefined) request.status = Number(status);
        passed = 0;
      }
      const interference = this.#interference();
      const room = Math.max(0, (interference?.after ?? Infinity) - passed);
      if (
        !await write(
          this.#client,
          bytes.subarray(0, Math.min(room, bytes.length)),
        )
      ) return;
      passed += bytes.length;
      if (bytes.length < room) continue;
      if (interference?.kind === "hold") await asking; // until the client gives up
      else this.#wire.interference = undefined;
      return;
    }
  }

  #interference(): Interference | undefined {
    const { interference } = this.#wire;
    return interference !== undefined &&
        this.#current?.target.includes(interference.target)
      ? interference
      : undefined;
  }
}

/** What arrives on a connection, until either side ends it. */
async function* readAll(conn: Deno.Conn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(65_536);
  while (true) {
    const count = await conn.read(buffer).catch(() => null);
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}

/** Whether all could be written. */
async function write(conn: Deno.Conn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let done = 0; done < bytes.length;) {
      done += await conn.write(bytes.subarray(done));
    }
    return true;
  } catch {
    return false; // the other side has gone
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

function decodeLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function encodeLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
