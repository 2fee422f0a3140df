import type { ByteRing } from "./byte_ring.ts";
import { HEAD_BYTES } from "./sync_protocol.ts";

/** Writes frames into a ring. */
export class FrameWriter {
  readonly #ring: ByteRing;

  /** Writes into a ring. */
  constructor(ring: ByteRing) {
    this.#ring = ring;
  }

  /** Writes one frame. */
  write(kind: number, payload: Uint8Array = new Uint8Array()): void {
    const head = new Uint32Array([kind, payload.length]);
    this.#ring.write(new Uint8Array(head.buffer, 0, HEAD_BYTES));
    this.#ring.write(payload);
  }

  /** Writes one frame of JSON. */
  writeJson(kind: number, value: unknown): void {
    // JSON has no word for `undefined`.
    const json = JSON.stringify(value ?? null);
    this.write(kind, new TextEncoder().encode(json));
  }

  /** Tells that this side lives. */
  beat(): void {
    this.#ring.beat();
  }
}
