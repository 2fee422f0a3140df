/** Memory that a part of an object is held in. */
export interface MemoryLease {
  /** As many bytes as were asked for; what they hold is undefined. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Gives the memory back. Calling it twice does no harm. */
  release(): void;
}

/** How often a part is in memory: fetch copies a request's body before it sends it. */
const COPIES = 2;

/**
 * The memory that parts of objects under way are held in, of all puts of a destination
 * together. Who asks first is served first; one part is always granted, however large.
 */
export class TransferMemory {
  readonly #limit: number;
  #taken = 0;
  /** Buffers that are used again: new ones would be freed later than they are made. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #spareBytes = 0;
  readonly #waiting: { size: number; proceed: () => void }[] = [];

  /** So many bytes at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Waits until there is memory.
   *
   * @param size How many bytes.
   * @param signal Ends the wait; its reason is thrown.
   */
  async take(size: number, signal?: AbortSignal): Promise<MemoryLease> {
    const giveBack = await this.reserve(size, signal);
    const buffer = this.#buffer(size);
    let isTaken = true;
    return {
      bytes: buffer.subarray(0, size),
      release: () => {
        if (!isTaken) return;
        isTaken = false;
        this.#spare.push(buffer);
        this.#spareBytes += buffer.length;
        giveBack();
      },
    };
  }

  /**
   * Waits until there is memory for who has buffers of its own.
   *
   * @param size How many bytes they have; what sending them takes is added.
   * @param signal Ends the wait; its reason is thrown.
   * @returns The function that gives it back, to be called once.
   */
  async reserve(size: number, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    size *= COPIES;
    const mustWait = this.#waiting.length > 0 || !this.#hasRoom(size);
    if (mustWait) await this.#wait(size, signal);
    else this.#taken += size;
    return () => {
      this.#taken -= size;
      this.#proceed();
    };
  }

  #hasRoom(size: number): boolean {
    return this.#taken === 0 || this.#taken + size <= this.#limit;
  }

  /** A buffer of at least that size; spare ones that do not fit make room for it. */
  #buffer(size: number): Uint8Array<ArrayBuffer> {
    const fits = this.#spare.findIndex(({ length }) =>
      length >= size && length <= 2 * size
    );
    const [found] = fits === -1 ? [] : this.#spare.splice(fits, 1);
    if (found !== undefined) {
      this.#spareBytes -= found.length;
      return found;
    }
    while (
      this.#spare.length > 0 &&
      this.#taken + COPIES * this.#spareBytes > this.#limit
    ) this.#spareBytes -= this.#spare.shift()?.length ?? 0;
    return new Uint8Array(size);
  }

  #proceed(): void {
    for (let next; (next = this.#waiting[0]) !== undefined;) {
      if (!this.#hasRoom(next.size)) return;
      this.#waiting.shift();
      this.#taken += next.size;
      next.proceed();
    }
  }

  #wait(size: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = {
        size,
        proceed: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        this.#proceed();
        reject(signal?.reason);
      };
      this.#waiting.push(waiting);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }
}
