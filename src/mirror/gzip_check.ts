import { createGunzip } from "node:zlib";

/** Finds out whether gzip data, of any number of members, is whole. The content is not kept. */
export class GzipCheck {
  readonly #gunzip = createGunzip();
  readonly #ended: Promise<void>;
  #isEmpty = true;
  /** What is wrong with the data, as far as it is known. */
  fault: string | undefined;

  /** Begins with no data. */
  constructor() {
    this.#ended = new Promise((resolve) => {
      this.#gunzip.once("end", () => resolve());
      this.#gunzip.once("error", (error: Error) => {
        this.fault = error.message;
        resolve();
      });
    });
    this.#gunzip.resume();
  }

  /** Takes data, which must not change afterwards. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.fault !== undefined) return;
    if (bytes.length > 0) this.#isEmpty = false;
    if (this.#gunzip.write(bytes)) return;
    const drained = new Promise((resolve) =>
      this.#gunzip.once("drain", resolve)
    );
    await Promise.race([drained, this.#ended]);
  }

  /** Ends the data, and returns what is wrong with it. */
  async end(): Promise<string | undefined> {
    if (this.#isEmpty) this.fault ??= "there is no data";
    if (this.fault === undefined) {
      this.#gunzip.end();
      await this.#ended;
    }
    this.#gunzip.destroy();
    return this.fault;
  }

  /** Lets go of everything, at whatever point. */
  abandon(): void {
    this.#gunzip.destroy();
  }
}
