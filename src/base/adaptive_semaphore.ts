/**
 * A holder keeps a permit that it has offered for at least so long, in milliseconds: a
 * holder that uses it again at once is not disturbed.
 */
const IDLE_GRACE_MS = 25;

/** A permit that its holder does not use for now. */
interface Offer {
  giveBack: () => void;
  /** Since when, by `performance.now()`. */
  since: number;
}

/**
 * The one semaphore: connections and objects under way have one each. halve() and grow()
 * adapt its limit like AIMD, and only `HttpConnections` calls them: halved when the
 * service throttles, +1 per full round of successes.
 */
export class AdaptiveSemaphore {
  readonly #most: number;
  /** The limit now; its fraction is growth that makes no whole permit yet. */
  #limit: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];
  /** The longest idle first. */
  readonly #offers = new Set<Offer>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Makes a semaphore with so many permits. */
  constructor(count: number) {
    this.#most = this.#limit = count;
  }

  /** How many permits there are now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /**
   * Waits for a permit.
   *
   * @param signal Ends the wait.
   * @returns The function that gives the permit back; calling it twice does no harm.
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
   * Offers a permit that its holder does not use for now.
   *
   * @param giveBack Called once if others wait; it must give the permit back at once.
   * @returns The function that withdraws the offer.
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

  /** Sets the limit to half of the permits that are taken now, and at least to one. */
  halve(): void {
    this.#limit = Math.max(
      1,
      Math.floor(Math.min(this.#taken, this.limit) / 2),
    );
  }

  /** Raises the limit by a fraction, so that `limit` calls raise it by one. */
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

  /** Schedules a look at the offers for when the oldest is due, as long as somebody waits. */
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
    }, Math.max(0, oldest.since + IDLE_GRACE_MS - performance.now()));
  }

  #takeOffers(): void {
    const due = performance.now() - IDLE_GRACE_MS;
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
