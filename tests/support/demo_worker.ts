/**
 * A demo service in a thread of its own, for callers that block theirs.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { startDemoServer } from "../../src/demo/mod.ts";
import type { FromDemoWorker, ToDemoWorker } from "./demo_thread.ts";
import { TEST_CREDENTIALS } from "./store.ts";

const send = (message: FromDemoWorker) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<ToDemoWorker>) => {
  const { objects, faults } = data;
  const server = startDemoServer({
    credentials: TEST_CREDENTIALS,
    objects: objects.map(([key, body]) => [key, { body }] as const),
    faults,
    onRequest: (record) => send({ kind: "request", record }),
  });
  send({ kind: "started", url: server.url });
};
