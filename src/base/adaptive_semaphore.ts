/**
 * An idle holder is asked for its place only after so many milliseconds: one that is in
 * use without a pause keeps it, however many wait.
 */
const IDLE_GRACE = 25;

/** A holder that can do without its place for now. */
interface Offer {
  giveBack: () => void;
  /** Since when, on the clock of `performance.now()`. */
  since: number;
}

/**
 * A bounded number of places: whoever wants one waits until one is free. The one
 * pool, used for connections and for objects under way alike. How many places there
 * are can be made less, and grows again slowly.
 */
export class AdaptiveSemaphore {
  readonly #most: number;
  /** How many places there are now; its fraction is growth that makes no whole place yet. */
  #limit: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];
  /** The longest idle first. */
  readonly #offers = new Set<Offer>();
  #timer: ReturnType<typeof setTimeout> | undefined;

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

  /**
   * Offers a place that its holder does not use for now. Where others wait, `giveBack`
   * is called, once; it must give the place back at once. Returns the function that
   * withdraws the offer.
   */
  offer(giveBack: () => void): () => void {
    const offer = { giveBack, since: performance.now() };
    this.#offers.add(offer);
    this.#watch();
    return () => {
      this.#offers.delete(offer);
      this.#watch();
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
      if (next === undefined) break;
      this.#taken++;
      next();
    }
    this.#watch();
  }

  /** Looks at the offers again when the oldest is due, as long as somebody waits. */
  #watch(): void {
    const [oldest] = this.#offers;
    if (this.#waiting.length === 0 || oldest === undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#takeOffers();
    }, Math.max(0, oldest.since + IDLE_GRACE - performance.now()));
  }

  #takeOffers(): void {
    const due = performance.now() - IDLE_GRACE;
    for (const offer of this.#offers) {
      if (this.#waiting.length === 0 || offer.since > due) break;
      this.#offers.delete(offer);
      offer.giveBack();
    }
    this.#watch();
  }

  #wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(proceed), 1);
        this.#watch();
        reject(signal?.reason);
      };
      const proceed = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      this.#waiting.push(proceed);
      signal?.addEventListener("abort", abort, { once: true });
      this.#watch();
    });
  }
}
