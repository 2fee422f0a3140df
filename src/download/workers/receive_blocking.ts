import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** The longest single sleep in milliseconds. */
const MAX_SLEEP_MS = 1000;

/**
 * The next message of a port. Blocks until there is one.
 *
 * @param port The port.
 * @param flag What the sender changes and notifies after each message, and as a
 * heartbeat.
 * @param timeout How long the flag may stay unchanged, in milliseconds.
 * @returns The message, or `undefined` if there was no heartbeat.
 */
export function receiveBlocking(
  port: MessagePort,
  flag: Int32Array<SharedArrayBuffer>,
  timeout: number,
): unknown {
  for (let silence = 0; silence < timeout;) {
    const seen = Atomics.load(flag, 0);
    const received = receiveMessageOnPort(port);
    if (received !== undefined) return received.message;
    // Short sleeps: time in which the whole process was stopped must not count.
    const woken = Atomics.wait(flag, 0, seen, MAX_SLEEP_MS);
    silence = woken === "timed-out" ? silence + MAX_SLEEP_MS : 0;
  }
  return undefined;
}
