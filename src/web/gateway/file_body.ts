import type { FoundCopy } from "./copies.ts";

/** What is read at once, in bytes: larger reads are hardly faster, and each reader holds one. */
const CHUNK_BYTES = 256 * 1024;

/** A file is not any more what it was found to be. */
export class CopyChangedError extends Error {
  override name = "CopyChangedError";
}

/** A file's bytes on their way to a client. */
export interface FileBody {
  /** The bytes. */
  readonly stream: ReadableStream<Uint8Array>;
  /** When the client took some last, by `performance.now()`. */
  readonly lastTaken: number;
  /** How many bytes were handed over. */
  readonly sent: number;
  /** Ends the body before its end, so that the client sees that it is not whole. */
  abort(reason: unknown): void;
}

/**
 * Opens a file that was found, and reads a range of it as the client takes it. The file
 * stays the one that was found, also where another takes its place.
 *
 * @param copy The file.
 * @param start The first byte.
 * @param end Behind the last byte.
 * @param onEnd Called once no more comes.
 * @throws {CopyChangedError} If it is another file by now.
 */
export async function openFileBody(
  { path, info }: FoundCopy,
  start: number,
  end: number,
  onEnd: (body: FileBody) => void,
): Promise<FileBody> {
  const file = await Deno.open(path);
  const isSame = async () => {
    const { ino, dev, size, mtime } = await file.stat();
    return ino === info.ino && dev === info.dev && size === info.size &&
      mtime?.getTime() === info.mtime?.getTime();
  };
  try {
    if (!await isSame()) throw new CopyChangedError();
    file.seekSync(start, Deno.SeekMode.Start); // reads nothing
  } catch (error) {
    file.close();
    throw error;
  }
  let left = end - start;
  let isOpen = true;
  let lastTaken = performance.now();
  let control: ReadableStreamDefaultController<Uint8Array> | undefined;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    file.close();
    onEnd(body);
  };
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      control = controller;
    },
    async pull(controller) {
      lastTaken = performance.now();
      const buffer = new Uint8Array(Math.min(CHUNK_BYTES, left));
      try {
        const count = left === 0 ? 0 : await file.read(buffer) ?? 0;
        left -= count;
        const isShort = count === 0 && left > 0;
        // Who writes into a file instead of replacing it must not mix two versions.
        if (isShort || left === 0 && !await isSame()) {
          throw new CopyChangedError();
        }
        if (!isOpen) return;
        if (count > 0) controller.enqueue(buffer.subarray(0, count));
        if (left > 0) return;
        controller.close();
      } catch (error) {
        if (isOpen) controller.error(error);
      }
      close();
    },
    cancel: close,
  }, { highWaterMark: 0 });
  const body: FileBody = {
    stream,
    get lastTaken() {
      return lastTaken;
    },
    get sent() {
      return end - start - left;
    },
    abort(reason) {
      if (!isOpen) return;
      control?.error(reason);
      close();
    },
  };
  return body;
}
