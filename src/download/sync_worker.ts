/**
 * The worker behind {@linkcode SyncS3Downloader}: a module of its own, so that
 * whatever goes wrong while the rest is loaded can be told.
 *
 * @module
 */
import { workerData } from "node:worker_threads";
import { ByteRing } from "./byte_ring.ts";
import { encodeError } from "./error_codec.ts";
import { FrameWriter } from "./frame_writer.ts";
import { Frame, type WorkerStart } from "./sync_protocol.ts";

const start: WorkerStart = workerData;
const frames = new FrameWriter(new ByteRing(start.memory));
try {
  const { serveCalls } = await import("./serve_calls.ts");
  serveCalls(frames, start.settings);
} catch (error) {
  frames.writeJson(Frame.Error, encodeError(error));
}
