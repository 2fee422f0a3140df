/** How a {@linkcode Pace} is kept. */
interface PaceOptions {
  /** How many times as long as the work took passes before it is done again. */
  ratio: number;
  /** The longest that passes, in milliseconds: a process may have been stopped during the work. */
  longest?: number;
  /** The clock, in milliseconds. */
  now?: () => number;
}

/** Spaces out work that is to be repeated: the more it costs, the less often. */
export class Pace {
  readonly #ratio: number;
  readonly #longest: number;
  readonly #now: () => number;
  #until = -Infinity;

  /**
   * Nothing was done yet.
   *
   * @param options How the pace is kept.
   */
  constructor(
    { ratio, longest = Infinity, now = () => performance.now() }: PaceOptions,
  ) {
    this.#ratio = ratio;
    this.#longest = longest;
    this.#now = now;
  }

  /** Whether the work may be done again. */
  get isDue(): boolean {
    return this.#now() >= this.#until;
  }

  /**
   * Does the work, and keeps in mind what it has cost, if it succeeds.
   *
   * @returns What the work returns.
   */
  measure<T>(work: () => T): T {
    const begun = this.#now();
    const result = work();
    const ended = this.#now();
    this.#until = ended +
      Math.min(this.#ratio * (ended - begun), this.#longest);
    return result;
  }
}
