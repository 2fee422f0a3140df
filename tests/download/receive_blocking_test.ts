import { assertEquals, assertGreater } from "@std/assert";
import { MessageChannel, Worker } from "node:worker_threads";
import { receiveBlocking } from "../../src/download/workers/receive_blocking.ts";
import { startWorker } from "../../src/download/workers/start_worker.ts";
import { checkSettings } from "../../src/download/settings.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

/** A thread that waits in `receiveBlocking()`, and a thread that runs `source` with `port` and `wake()`. */
function startPeer(source: string) {
  const { port1, port2 } = new MessageChannel();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    new URL(`data:text/javascript,${
      encodeURIComponent(`
        import { workerData } from "node:worker_threads";
        const { port, flag } = workerData;
        const wake = () => { Atomics.add(flag, 0, 1); Atomics.notify(flag, 0); };
        const post = (message, moved) => { port.postMessage(message, moved); wake(); };
        ${source}
      `)
    }`),
    { workerData: { port: port2, flag }, transferList: [port2] },
  );
  return {
    port: port1,
    flag,
    receive: (patience = 10_000) => receiveBlocking(port1, flag, patience),
    async [Symbol.asyncDispose]() {
      port1.close();
      await worker.terminate();
    },
  };
}

Deno.test("receiveBlocking() gives every message in its order, whether it comes before or while the thread sleeps", async () => {
  const count = 20_000;
  await using peer = startPeer(`
    for (let index = 0; index < ${count}; index++) post(index);
    port.on("message", (message) => post(message + 1));
  `);
  const all = Array.from({ length: count }, () => peer.receive());
  assertEquals(all, Array.from({ length: count }, (_, index) => index));
  for (let index = 0; index < 2000; index++) {
    peer.port.postMessage(index);
    assertEquals(peer.receive(), index + 1);
  }
});

Deno.test("receiveBlocking() receives a buffer of 300 MB, and dates", async () => {
  await using peer = startPeer(`
    const buffer = new ArrayBuffer(300e6);
    new Uint8Array(buffer)[299999999] = 7;
    post({ buffer, date: new Date(1.7e12) }, [buffer]);
  `);
  const { buffer, date } = peer.receive() as {
    buffer: ArrayBuffer;
    date: Date;
  };
  assertEquals([buffer.byteLength, new Uint8Array(buffer).at(-1)], [300e6, 7]);
  assertEquals(date, new Date(1.7e12));
});

Deno.test("receiveBlocking() gives up on a thread that gives no sign of life", async () => {
  await using peer = startPeer(`post("last");`);
  assertEquals(peer.receive(), "last");
  assertEquals(peer.receive(1000), undefined);
});

Deno.test("receiveBlocking() waits for a thread that gives signs of life", async () => {
  await using peer = startPeer(`
    post("first");
    let beats = 0;
    const beating = setInterval(() => {
      wake();
      if (++beats < 7) return;
      clearInterval(beating);
      post("last");
    }, 300);
  `);
  assertEquals(peer.receive(), "first");
  const start = performance.now();
  assertEquals(peer.receive(1000), "last");
  assertGreater(performance.now() - start, 1000);
});

Deno.test("a worker gives signs of life while a job is under way", async () => {
  // It accepts, and never answers.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port1, port2 } = new MessageChannel();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const settings = checkSettings(TEST_CREDENTIALS, {
    endpointUrl: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
  }, { maxPoolConnections: 1, maxConcurrent: 1 });
  const worker = startWorker({
    settings: { ...settings, endpoint: settings.endpoint.href },
    blocking: { port: port2, flag },
  }, [port2]);
  try {
    assertEquals(receiveBlocking(port1, flag, 60_000), { kind: "ready" });
    const seen = Atomics.load(flag, 0);
    port1.postMessage({
      id: 0,
      job: { method: "head", args: ["flatfiles", "a"] },
      wantsProgress: false,
    });
    assertEquals(Atomics.wait(flag, 0, seen, 10_000), "ok");
    assertEquals(Atomics.wait(flag, 0, seen + 1, 10_000), "ok");
  } finally {
    port1.close();
    await worker.terminate();
  }
});
