import { assert, assertEquals, assertRejects } from "@std/assert";
import { HttpConnections } from "../../src/store/http_connections.ts";
import { HttpFailure } from "../../src/store/http_failure.ts";

/** Makes connections to a server that answers with a status, and asks it once. */
async function askOnce(
  connections: HttpConnections,
  url: string,
): Promise<void> {
  const { body } = await connections.fetchObject(new Request(url));
  while (await body.read()) { /* to the end */ }
}

Deno.test("HttpConnections halves its connections where the service asks to slow down, and grows again", async () => {
  let status = 200;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () =>
      new Response(
        status === 400 ? "<Error><Code>SlowDown</Code></Error>" : "body",
        { status },
      ),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  for (const slow of [503, 429, 400]) {
    const connections = new HttpConnections({
      endpoint: new URL(`http://127.0.0.1:${server.addr.port}`),
      maxPoolConnections: 16,
      timeout: 10,
    });
    status = 200;
    await askOnce(connections, url);
    assertEquals(connections.limit, 16);

    status = slow;
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => askOnce(connections, url)),
    );
    assertEquals(
      results.map((result) =>
        result.status === "rejected" && result.reason instanceof HttpFailure
      ),
      Array(8).fill(true),
    );
    // At most eight were under way, and answers that come together count once.
    const { limit } = connections;
    assert(limit === 3 || limit === 4, `${limit}`);

    status = 200;
    for (let i = 0; i <= limit; i++) await askOnce(connections, url);
    assertEquals(connections.limit, limit + 1);
    connections.close();
  }
});

Deno.test("HttpConnections keeps its connections where an answer is no success otherwise", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no", { status: 500 }),
  );
  const connections = new HttpConnections({
    endpoint: new URL(`http://127.0.0.1:${server.addr.port}`),
    maxPoolConnections: 4,
    timeout: 10,
  });
  await assertRejects(
    () => askOnce(connections, `http://127.0.0.1:${server.addr.port}/`),
    HttpFailure,
  );
  assertEquals(connections.limit, 4);
  connections.close();
});

Deno.test("HttpConnections waits no longer for an error's words than for silence, however slowly they come", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () =>
      new Response(
        new ReadableStream({
          // It has no end, and each piece comes long before the silence is one.
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            controller.enqueue(new Uint8Array([32]));
          },
          cancel: () => cancelled.resolve(),
        }),
        { status: 403 },
      ),
  );
  const connections = new HttpConnections({
    endpoint: new URL(`http://127.0.0.1:${server.addr.port}`),
    maxPoolConnections: 1,
    timeout: 0.3,
  });
  const request = new Request(`http://127.0.0.1:${server.addr.port}/`);
  const failure = await assertRejects(
    () => connections.fetchObject(request),
    HttpFailure,
  );
  assertEquals(failure.details.kind, "status");
  await cancelled.promise;
  connections.close();
});
