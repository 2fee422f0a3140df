/** What happens once so many bytes are sent. */
export interface BodyLimit {
  /** How many bytes. */
  readonly after: number;
  /** The body ends there, the connection breaks, or nothing more comes. */
  readonly then: "end" | "break" | "stall";
}

/** Options of {@linkcode makeBody}. */
export interface BodyOptions {
  /** Where the body stops short. */
  readonly limit?: BodyLimit;
  /** The byte with one wrong bit. */
  readonly flipAt?: number;
  /** Aborted where the service shuts down. */
  readonly signal: AbortSignal;
  /** Called with the number of bytes handed over. */
  readonly onBytes: (count: number) => void;
  /** Called with what a source failed with. */
  readonly onError: (error: unknown) => void;
}

/** A response's body from a source, with what is to go wrong with it. Nothing is read ahead. */
export function makeBody(
  source: AsyncIterable<Uint8Array>,
  { limit, flipAt, signal, onBytes, onError }: BodyOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = source[Symbol.asyncIterator]();
  const after = limit?.after ?? Infinity;
  let sent = 0;
  let cancel = () => {};
  const cancelled = new Promise<void>((resolve) => cancel = resolve);

  async function stop(
    controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    if (limit?.then === "stall") {
      await Promise.race([aborted(signal), cancelled]);
    }
    await iterator.return?.();
    if (limit?.then === "end") controller.close();
    else controller.error(new Error("The demo service breaks the connection"));
  }

  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (sent >= after) return await stop(controller);
      let result: IteratorResult<Uint8Array>;
      try {
        do {
          signal.throwIfAborted();
          result = await iterator.next();
        } while (!result.done && result.value.length === 0);
      } catch (error) {
        onError(error);
        throw error;
      }
      if (result.done) {
        controller.close();
        return;
      }
      // A copy: what is handed over may be detached.
      const chunk = result.value.slice(0, after - sent);
      const flip = (flipAt ?? -1) - sent;
      if (flip >= 0 && flip < chunk.length) {
        chunk[flip] = (chunk[flip] ?? 0) ^ 1;
      }
      sent += chunk.length;
      onBytes(chunk.length);
      controller.enqueue(chunk);
    },
    async cancel() {
      cancel();
      await iterator.return?.();
    },
  }, { highWaterMark: 0 });
}

/** Resolves as soon as a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
