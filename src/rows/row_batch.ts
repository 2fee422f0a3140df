import { ByteBuffer } from "./byte_buffer.ts";
import type { RowHeader } from "./row_header.ts";

/** Some rows, one after the other as they are in a file. */
export interface RowBatch {
  /** What their content is called: a key or a path. */
  readonly name: string;
  /** The header row that is valid for them. */
  readonly header: RowHeader;
  /** The rows, each with its line end. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many there are. */
  readonly rows: number;
}

/** From so many bytes on, a batch is handed on. */
const BATCH_SIZE = 256 * 1024;

/** Collects rows until there are enough of them for a batch. */
export class BatchCollector {
  readonly #bytes = new ByteBuffer();
  #rows = 0;

  /** Whether there is enough for a batch. */
  get isFull(): boolean {
    return this.#bytes.length >= BATCH_SIZE;
  }

  /** Adds rows. */
  add(bytes: Uint8Array, rows: number): void {
    this.#bytes.copy(bytes);
    this.#rows += rows;
  }

  /** Forgets what was collected. */
  clear(): void {
    this.#bytes.clear();
    this.#rows = 0;
  }

  /** Takes what was collected. */
  take(name: string, header: RowHeader): RowBatch {
    const batch = { name, header, bytes: this.#bytes.take(), rows: this.#rows };
    this.#rows = 0;
    return batch;
  }
}
