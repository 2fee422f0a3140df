/** A port that leads to another one, as `ssh -L` does, and that can be cut and joined again. */
export interface Tunnel extends Disposable {
  readonly port: number;
  /** Ends all connections, and takes no more. */
  cut(): void;
  /** Takes connections again, at the same port. */
  join(): void;
}

/** Opens a tunnel to a port of this machine. */
export function openTunnel(to: number): Tunnel {
  const open = new Set<Deno.TcpConn>();
  let listener: Deno.TcpListener | undefined;
  let port = 0;

  async function carry(from: Deno.TcpConn): Promise<void> {
    const ends = [from];
    open.add(from);
    try {
      const there = await Deno.connect({ hostname: "127.0.0.1", port: to });
      ends.push(there);
      open.add(there);
      await Promise.allSettled([
        from.readable.pipeTo(there.writable),
        there.readable.pipeTo(from.writable),
      ]);
    } catch { /* nobody is there */ }
    ends.forEach(close);
  }

  function close(connection: Deno.TcpConn): void {
    open.delete(connection);
    try {
      connection.close();
    } catch { /* it is closed */ }
  }

  function join(): void {
    const own = listener = Deno.listen({ hostname: "127.0.0.1", port });
    port = own.addr.port;
    (async () => {
      for await (const connection of own) void carry(connection);
    })().catch(() => {});
  }

  function cut(): void {
    listener?.close();
    listener = undefined;
    open.forEach(close);
  }

  join();
  return { port, cut, join, [Symbol.dispose]: cut };
}
