/** Stand-in for `jsr:@std/bytes/concat`: all the bytes in one array. */
export function concat(
  buffers: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  const output = new Uint8Array(length);
  let at = 0;
  for (const buffer of buffers) {
    output.set(buffer, at);
    at += buffer.length;
  }
  return output;
}
