import type { ObjectStream } from "./object_stream.ts";

/** How reading a stream has ended, where nothing failed. */
export type StreamEnd = "read" | "cancelled";

/**
 * A content as a web stream.
 *
 * @param content The content, opened.
 * @param work The download; settles once everything is closed.
 * @param end Ends the download, well or with an error.
 */
export function toReadable(
  content: ObjectStream,
  work: Promise<void>,
  end: Pick<PromiseWithResolvers<StreamEnd>, "resolve" | "reject">,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      // Fails at once, even if no read is pending.
      work.catch((error) => controller.error(error));
    },
    async pull(controller) {
      try {
        const bytes = await content.read();
        // A copy: the next read reuses the buffer.
        if (bytes !== undefined) return controller.enqueue(bytes.slice());
        end.resolve("read");
        await work;
        controller.close();
      } catch (error) {
        end.reject(error);
        await work.catch(() => {});
      }
    },
    async cancel() {
      end.resolve("cancelled");
      await work.catch(() => {}); // the reader has gone
    },
  }, { highWaterMark: 0 });
}
