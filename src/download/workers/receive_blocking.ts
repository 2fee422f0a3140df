import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** How long a sleep lasts at most, in milliseconds. */
const NAP = 1000;

/**
 * The next message of a port. Blocks until there is one.
 *
 * @param port The port.
 * @param flag What the other side changes and notifies after each message, and as a
 * sign of life.
 * @param patience How long the flag may stay as it is, in milliseconds.
 * @returns The message, or `undefined` where the other side gives no sign of life.
 */
export function receiveBlocking(
  port: MessagePort,
  flag: Int32Array<SharedArrayBuffer>,
  patience: number,
): unknown {
  for (let silence = 0; silence < patience;) {
    const seen = Atomics.load(flag, 0);
    const received = receiveMessageOnPort(port);
    if (received !== undefined) return received.message;
    // Short sleeps: while the process is stopped, the other side is as well.
    const woken = Atomics.wait(flag, 0, seen, NAP);
    silence = woken === "timed-out" ? silence + NAP : 0;
  }
  return undefined;
}
