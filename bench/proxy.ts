/**
 * A TCP proxy that is far away: every byte arrives later by as many milliseconds as
 * asked for, in each direction, and as many bytes at once as there are.
 *
 *     deno run -A bench/proxy.ts PORT TARGET_PORT MILLISECONDS
 *
 * @module
 */
const [port, targetPort, delay] = Deno.args.map(Number);
if (port === undefined || targetPort === undefined || delay === undefined) {
  throw new Error("A port, the port of the target and a delay are wanted");
}
const hostname = "127.0.0.1";

for await (const client of Deno.listen({ hostname, port })) {
  Deno.connect({ hostname, port: targetPort }).then((server) => {
    client.setNoDelay();
    server.setNoDelay();
    const ends = [carry(client, server, delay), carry(server, client, delay)];
    Promise.allSettled(ends).then(() => {
      client.close();
      server.close();
    });
  }, () => client.close());
}

/** Writes what it reads, each piece when its time has come. */
async function carry(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  delay: number,
): Promise<void> {
  // Pieces wait in a chain, so that reading goes on while they do.
  let written = Promise.resolve();
  try {
    for (;;) {
      const buffer = new Uint8Array(64 * 1024);
      const read = await from.read(buffer);
      if (read === null) break;
      const due = performance.now() + delay;
      const before = written;
      written = (async () => {
        const wait = due - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        await before;
        let bytes = buffer.subarray(0, read);
        while (bytes.length > 0) bytes = bytes.subarray(await to.write(bytes));
      })();
      written.catch(() => {}); // whoever waits for it hears of it
    }
    await new Promise((resolve) => setTimeout(resolve, delay));
    await written;
    await to.closeWrite();
  } catch {
    // One end is gone: so is the other one, as soon as both directions know.
    try {
      await to.closeWrite();
    } catch { /* gone already */ }
  }
}
