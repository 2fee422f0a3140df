/** Keeps the entries used last, up to a number of bytes in all. */
export class ByteCache<V> {
  readonly #entries = new Map<string, { value: V; size: number }>();
  readonly #capacity: number;
  #size = 0;

  /** Makes an empty cache. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The value under a name, which then counts as the last used. */
  get(name: string): V | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.value;
  }

  /** Keeps a value of `size` bytes, and forgets the oldest ones where there are too many. */
  set(name: string, value: V, size: number): void {
    this.#size += size - (this.#entries.get(name)?.size ?? 0);
    this.#entries.delete(name);
    this.#entries.set(name, { value, size });
    for (const [oldest, entry] of this.#entries) {
      if (this.#size <= this.#capacity) break;
      this.#entries.delete(oldest);
      this.#size -= entry.size;
    }
  }
}
