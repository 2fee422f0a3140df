import {
  MessageChannel,
  type MessagePort,
  type Worker,
} from "node:worker_threads";
import { TransferError } from "../../base/mod.ts";
import { decodeError } from "./error_codec.ts";
import type { Settings } from "../settings.ts";
import { receiveBlocking } from "./receive_blocking.ts";
import { startWorker } from "./start_worker.ts";
import type {
  FromThread,
  Job,
  JobArguments,
  JobName,
  JobResult,
  ToThread,
} from "./thread_protocol.ts";

/** How long the worker may take to load its modules, in milliseconds: they may come over a slow network. */
const START_TIMEOUT_MS = 120_000;
/** How long a worker with a job may go without a heartbeat, in milliseconds. */
const HEARTBEAT_TIMEOUT_MS = 60_000;

/** A worker that does one job at a time, while the calling thread blocks. */
export class BlockingThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  /** Changed after each message and with each heartbeat. */
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));
  /** Whether it takes no more jobs. */
  isClosed = false;

  /**
   * Starts the worker, and blocks until it has loaded its modules.
   *
   * @throws {Deno.errors.NotCapable} If its module may not be read.
   * @throws {TransferError} If it does not start.
   */
  constructor(settings: Settings) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = startWorker({
      settings: { ...settings, endpoint: settings.endpoint.href },
      blocking: { port: port2, flag: this.#flag },
    }, [port2]);
    this.#worker.unref(); // it ends with the script
    try {
      const answer = this.#receive(START_TIMEOUT_MS);
      if (answer.kind === "unable") throw decodeError(answer.error);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Has the worker do a job, and blocks until it is done.
   *
   * @throws {FlatbedError} What the job failed with.
   * @throws {TransferError} If the worker gives no heartbeat: it is closed then.
   */
  call<N extends JobName>(method: N, args: JobArguments<N>): JobResult<N> {
    const message: ToThread = {
      id: 0, // there is never another
      job: { method, args } as Job,
      wantsProgress: false,
    };
    this.#port.postMessage(message);
    while (true) {
      const answer = this.#receive(HEARTBEAT_TIMEOUT_MS);
      if (answer.kind === "done") return answer.result as JobResult<N>;
      if (answer.kind === "failed") throw decodeError(answer.error);
    }
  }

  /** Ends the worker. */
  close(): void {
    this.isClosed = true;
    this.#worker.terminate();
    this.#port.close();
  }

  #receive(timeout: number): FromThread {
    const message = receiveBlocking(this.#port, this.#flag, timeout);
    if (message !== undefined) return message as FromThread;
    this.close(); // a late answer would be taken for the next one
    throw new TransferError(
      `Cannot go on: the downloader's worker has given no sign of life for ${
        timeout / 1000
      } seconds`,
    );
  }
}
