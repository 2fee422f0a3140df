import { parentPort } from "node:worker_threads";
import { NotFoundError } from "../../base/mod.ts";
import { ByteRing } from "./byte_ring.ts";
import { DownloadEngine } from "../download_engine.ts";
import { encodeError } from "./error_codec.ts";
import { FrameWriter } from "./frame_writer.ts";
import { Frame, type WorkerCall, type WorkerStart } from "./sync_protocol.ts";

/** How often a call under way tells that it lives, in milliseconds. */
const BEAT = 1000;

/** Answers calls, one after the other, through the ring in the memory. */
export function serveCalls(
  memory: SharedArrayBuffer,
  settings: WorkerStart["settings"],
): void {
  const frames = new FrameWriter(new ByteRing(memory));
  const engine = new DownloadEngine({
    ...settings,
    endpoint: new URL(settings.endpoint),
    mayBlock: true, // nobody else works here
  });
  parentPort?.on("message", async (call: WorkerCall) => {
    const beating = setInterval(() => frames.beat(), BEAT);
    try {
      const result = await answer(engine, frames, call);
      frames.writeJson(Frame.Result, result);
    } catch (error) {
      frames.writeJson(Frame.Error, encodeError(error));
    } finally {
      clearInterval(beating);
    }
  });
  frames.write(Frame.Ready);
}

async function answer(
  engine: DownloadEngine,
  frames: FrameWriter,
  call: WorkerCall,
): Promise<unknown> {
  switch (call.method) {
    case "download":
      return await engine.toSink(...call.args, {
        begin(sizeHint = NaN) {
          const size = new Float64Array([sizeHint]);
          frames.write(Frame.Begin, new Uint8Array(size.buffer));
        },
        write: (bytes) => frames.write(Frame.Data, bytes),
      });
    case "downloadToFile":
      return await engine.toFile(...call.args);
    case "listObjects":
      return (await Array.fromAsync(engine.list(...call.args)))
        .map(({ key }) => key);
    case "checkExists":
      return await engine.head(...call.args).then(() => true, (error) => {
        if (error instanceof NotFoundError) return false;
        throw error;
      });
    case "getStatistics":
      return engine.statistics.get();
    case "resetStatistics":
      return engine.statistics.reset();
  }
}
