/**
 * A bounded number of places: whoever wants one waits until one is free. The one
 * pool, used for connections and for objects under way alike.
 */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** Makes that many places. */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Takes a place, as soon as there is one, and returns the function that gives it
   * back. Giving it back twice does no harm.
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
    } else {
      await this.#wait(signal);
    }
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }

  #wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(proceed), 1);
        reject(signal?.reason);
      };
      const proceed = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      this.#waiting.push(proceed);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }
}
