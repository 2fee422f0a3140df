/** Over how long a speed is measured, in milliseconds. */
const WINDOW_MS = 10_000;

/** How fast a number of bytes grows, over the last seconds. */
export class Speed {
  /** When there were how many bytes, the oldest first. */
  readonly #samples: { at: number; bytes: number }[] = [];

  /**
   * Takes how many bytes there are by now.
   *
   * @param bytes The bytes so far.
   * @param at The time in milliseconds, by any clock that does not go back.
   */
  add(bytes: number, at: number): void {
    const samples = this.#samples;
    samples.push({ at, bytes });
    // One is kept from before the window, so that it is always full.
    while ((samples[1]?.at ?? Infinity) <= at - WINDOW_MS) samples.shift();
  }

  /** Bytes a second; 0 as long as that is not known. */
  get bytesPerSecond(): number {
    const first = this.#samples.at(0);
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return 0;
    const ms = last.at - first.at;
    if (ms <= 0) return 0;
    return Math.max(0, Math.round((last.bytes - first.bytes) / ms * 1000));
  }
}
