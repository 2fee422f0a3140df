import { withFile, withFileSync } from "./file_errors.ts";

const BUFFER_SIZE = 256 * 1024;

/** Reads a part file from its first byte on, as far as it is known to be there. */
export class PartReader implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;
  readonly #mayBlock: boolean;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #position = 0;

  private constructor(
    file: Deno.FsFile,
    path: string,
    signal: AbortSignal | undefined,
    mayBlock: boolean,
  ) {
    this.#file = file;
    this.#path = path;
    this.#signal = signal;
    this.#mayBlock = mayBlock;
  }

  /** Opens the file at a path; reading ends with the signal, and blocks the thread where it may. */
  static async open(
    path: string,
    signal: AbortSignal | undefined,
    mayBlock: boolean,
  ): Promise<PartReader> {
    const file = await withFile("read", path, () => Deno.open(path));
    return new PartReader(file, path, signal, mayBlock);
  }

  /** The position of the next byte. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes before the one at `end`, or `null` where there are none. They are good until the next call. */
  async read(end: number): Promise<Uint8Array | null> {
    this.#signal?.throwIfAborted();
    if (this.#position >= end) return null;
    const into = this.#buffer.subarray(0, end - this.#position);
    const count = this.#mayBlock
      ? withFileSync("read", this.#path, () => this.#file.readSync(into))
      : await withFile("read", this.#path, () => this.#file.read(into));
    if (count === null) return null;
    this.#position += count;
    return into.subarray(0, count);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
