/**
 * Frees memory at once; V8 would wait until tens of megabytes of it are not used any more.
 * The bytes, and all others in the same buffer, are empty then.
 */
export function freeBytes({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (!buffer.detached) buffer.transfer(0);
}
