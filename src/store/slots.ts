/**
 * A bounded number of places: whoever wants one waits until one is free. The one
 * pool, used for connections and for objects under way alike. How many places there
 * are can be made less, and grows again slowly.
 */
export class Slots {
  readonly #most: number;
  /** How many places there are now; its fraction is growth that makes no whole place yet. */
  #limit: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  /** Makes that many places. */
  constructor(count: number) {
    this.#most = this.#limit = count;
  }

  /** How many places there are now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /**
   * Takes a place, as soon as there is one, and returns the function that gives it
   * back. Giving it back twice does no harm.
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#taken < this.limit) this.#taken++;
    else await this.#wait(signal);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#taken--;
      this.#proceed();
    };
  }

  /** Leaves half as many places as are taken now, and at least one. */
  halve(): void {
    this.#limit = Math.max(
      1,
      Math.floor(Math.min(this.#taken, this.limit) / 2),
    );
  }

  /** Adds a part of a place, so that as many calls as there are places add a whole one. */
  grow(): void {
    if (this.#limit >= this.#most) return;
    this.#limit = Math.min(this.#most, this.#limit + 1 / this.#limit);
    this.#proceed();
  }

  #proceed(): void {
    while (this.#taken < this.limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#taken++;
      next();
    }
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
