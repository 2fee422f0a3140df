/** What a proxy does with a request. */
export type ProxyRule = "pass" | 407 | 502;

/**
 * A proxy on this machine. Wherever a request wants to go, it ends at one port of this
 * machine: so a made-up host stands for it.
 */
export class SmallProxy {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #open = new Set<Deno.Conn>();
  readonly #done: Promise<void>;
  /** What it does with the next requests. */
  rule: ProxyRule = "pass";
  /** The first line of each request. */
  readonly requests: string[] = [];

  /** Starts it; `target` is the port that everything leads to. */
  constructor(target: number) {
    this.#target = target;
    this.#done = this.#serve();
  }

  /** Its host and port. */
  get host(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async #serve(): Promise<void> {
    const under: Promise<void>[] = [];
    for await (const conn of this.#listener) under.push(this.#take(conn));
    await Promise.all(under);
  }

  async #take(client: Deno.Conn): Promise<void> {
    this.#open.add(client);
    try {
      const head = await readHead(client);
      const [line = ""] = head.split("\r\n");
      this.requests.push(line);
      if (this.rule !== "pass") {
        const length = "Content-Length: 0\r\nConnection: close\r\n\r\n";
        return await send(
          client,
          `HTTP/1.1 ${this.rule} Whatever\r\n${length}`,
        );
      }
      const server = await Deno.connect({
        hostname: "127.0.0.1",
        port: this.#target,
      });
      this.#open.add(server);
      if (line.startsWith("CONNECT ")) {
        await send(client, "HTTP/1.1 200 Connected\r\n\r\n");
      } else {
        await send(server, head.replace(/ http:\/\/[^/]+/, " "));
      }
      await Promise.all([pump(client, server), pump(server, client)]);
    } catch {
      /* one side has gone */
    } finally {
      close(client);
    }
  }

  /** Ends it and all that goes through it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#open.forEach(close);
    await this.#done;
  }
}

async function readHead(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(16 * 1024);
  let length = 0;
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const count = await conn.read(buffer.subarray(length));
    if (count === null) throw new Error("no request");
    length += count;
    text = new TextDecoder("latin1").decode(buffer.subarray(0, length));
  }
  return text;
}

async function send(conn: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) {
    done += await conn.write(bytes.subarray(done));
  }
}

async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    for (
      let count = await from.read(buffer);
      count !== null;
      count = await from.read(buffer)
    ) {
      for (let done = 0; done < count;) {
        done += await to.write(buffer.subarray(done, count));
      }
    }
  } finally {
    close(to);
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch { /* closed already */ }
}
