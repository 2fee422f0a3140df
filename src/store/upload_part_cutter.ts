/** A part of an object. */
export interface Part {
  /** From 1 on. */
  number: number;
  bytes: Uint8Array;
  /** Returns the buffer, which later parts use. */
  release(): void;
}

/** Options of {@linkcode UploadPartCutter}. */
export interface UploadPartCutterOptions {
  /** The size of each part but the last, in bytes. */
  sizeOf: (number: number) => number;
  /** Ends a wait for the content. */
  signal: AbortSignal;
}

/** Cuts content that arrives in pieces of any size into parts. */
export class UploadPartCutter {
  /** How many bytes have been read. */
  size = 0;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #options: UploadPartCutterOptions;
  readonly #spare: Uint8Array[] = [];
  #piece: Uint8Array = new Uint8Array();
  #number = 0;
  #isOver = false;

  /** Reads nothing yet. */
  constructor(
    content: AsyncIterable<Uint8Array>,
    options: UploadPartCutterOptions,
  ) {
    this.#pieces = content[Symbol.asyncIterator]();
    this.#options = options;
  }

  /** Reads the next part; only the last one is smaller than asked for, and it can be empty. */
  async read(): Promise<Part> {
    const number = ++this.#number;
    const size = this.#options.sizeOf(number);
    const spare = this.#spare.pop();
    // One that is too small is left to the garbage collector.
    const buffer = spare?.length === size ? spare : new Uint8Array(size);
    let end = 0;
    while (end < size && !await this.isOver()) {
      const bytes = this.#piece.subarray(0, size - end);
      buffer.set(bytes, end);
      end += bytes.length;
      this.#piece = this.#piece.subarray(bytes.length);
    }
    this.size += end;
    return {
      number,
      bytes: buffer.subarray(0, end),
      release: () => this.#spare.push(buffer),
    };
  }

  /** Whether the content has ended. */
  async isOver(): Promise<boolean> {
    while (this.#piece.length === 0 && !this.#isOver) {
      const { value, done } = await this.#next();
      if (done) this.#isOver = true;
      else this.#piece = value;
    }
    return this.#piece.length === 0;
  }

  /** Tells the content that no more of it is read. */
  close(): void {
    // A content that stalls does not hold up the end.
    if (!this.#isOver) this.#pieces.return?.().catch(() => {});
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    const { signal } = this.#options;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort, { once: true });
      this.#pieces.next().then(resolve, reject)
        .finally(() => signal.removeEventListener("abort", abort));
    });
  }
}
