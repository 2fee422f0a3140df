/** Options for {@linkcode TextLineStream}. */
export interface TextLineStreamOptions {
  /** Whether a lone `\r` ends a line as well. */
  allowCR?: boolean;
}

/**
 * Stand-in for `jsr:@std/streams/text-line-stream`: one chunk for each line that
 * ends with `\n` or `\r\n`. It does not know `allowCR`.
 */
export class TextLineStream extends TransformStream<string, string> {
  /** Makes a stream that cuts text into lines. */
  constructor(options: TextLineStreamOptions = {}) {
    if (options.allowCR) {
      throw new Error("The stand-in for TextLineStream does not know allowCR");
    }
    let rest = "";
    super({
      transform(text, controller) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          controller.enqueue(line.endsWith("\r") ? line.slice(0, -1) : line);
        }
      },
      flush(controller) {
        if (rest !== "") controller.enqueue(rest);
      },
    });
  }
}
