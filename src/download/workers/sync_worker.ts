/**
 * The worker behind `SyncS3Downloader`. It imports nothing of its own before it
 * can tell what goes wrong with that: a missing permission, for instance.
 *
 * @module
 */
import { workerData } from "node:worker_threads";
import type { WorkerStart } from "./sync_protocol.ts";

const { memory, settings }: WorkerStart = workerData;
try {
  const { serveCalls } = await import("./serve_calls.ts");
  serveCalls(memory, settings);
} catch (error) {
  const { name, message } = error instanceof Error
    ? error
    : new Error(String(error));
  writeFirstFrame(5, JSON.stringify({ name, message }));
}

/** Writes a frame as `ByteRing` and `FrameWriter` do, into a ring that is empty. */
function writeFirstFrame(kind: number, text: string): void {
  const payload = new TextEncoder().encode(text);
  const control = new Int32Array(memory, 0, 3);
  const bytes = new Uint8Array(memory, control.byteLength);
  bytes.set(new Uint8Array(new Uint32Array([kind, payload.length]).buffer));
  bytes.set(payload, 8);
  Atomics.store(control, 0, 8 + payload.length);
  Atomics.notify(control, 0);
}
