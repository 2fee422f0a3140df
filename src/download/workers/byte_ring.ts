/** Positions in the ring's control words. */
const WRITTEN = 0;
const READ = 1;
const BEATS = 2;
const CONTROL_BYTES = 3 * Int32Array.BYTES_PER_ELEMENT;

/** How long a reader sleeps before it looks whether the writer still lives, in milliseconds. */
const NAP = 1000;

/**
 * A ring of bytes between two threads: one writes, one reads, and each sleeps while
 * it cannot go on. The counts run on modulo 2^32, so the capacity is a power of two.
 */
export class ByteRing {
  /** The memory that both threads share. */
  readonly memory: SharedArrayBuffer;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;

  /** Looks at memory that {@linkcode ByteRing.allocate} made. */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#control = new Int32Array(memory, 0, 3);
    this.#bytes = new Uint8Array(memory, CONTROL_BYTES);
  }

  /** Makes an empty ring that holds 2^`bits` bytes. */
  static allocate(bits: number): ByteRing {
    return new ByteRing(new SharedArrayBuffer(CONTROL_BYTES + 2 ** bits));
  }

  /** Writes all bytes; sleeps while the ring is full. */
  write(bytes: Uint8Array): void {
    const capacity = this.#bytes.length;
    let written = Atomics.load(this.#control, WRITTEN);
    for (let done = 0; done < bytes.length;) {
      const read = Atomics.load(this.#control, READ);
      const free = capacity - ((written - read) >>> 0);
      if (free === 0) {
        Atomics.wait(this.#control, READ, read);
        continue;
      }
      const at = written & (capacity - 1);
      const count = Math.min(free, capacity - at, bytes.length - done);
      this.#bytes.set(bytes.subarray(done, done + count), at);
      done += count;
      written = (written + count) | 0;
      Atomics.store(this.#control, WRITTEN, written);
      Atomics.notify(this.#control, WRITTEN);
    }
  }

  /** Tells the reader that the writer lives, though it has nothing to write. */
  beat(): void {
    Atomics.add(this.#control, BEATS, 1);
  }

  /**
   * Fills `target`; sleeps while the ring is empty. Returns `false` where the writer
   * has neither written nor beaten for `patience` milliseconds.
   */
  read(target: Uint8Array, patience: number): boolean {
    const capacity = this.#bytes.length;
    let read = Atomics.load(this.#control, READ);
    let beats = Atomics.load(this.#control, BEATS);
    let napped = 0;
    for (let done = 0; done < target.length;) {
      const written = Atomics.load(this.#control, WRITTEN);
      const available = (written - read) >>> 0;
      if (available === 0) {
        const woken = Atomics.wait(this.#control, WRITTEN, written, NAP);
        const heard = Atomics.load(this.#control, BEATS);
        napped = woken === "timed-out" && heard === beats ? napped + NAP : 0;
        beats = heard;
        if (napped >= patience) return false;
        continue;
      }
      const at = read & (capacity - 1);
      const count = Math.min(available, capacity - at, target.length - done);
      target.set(this.#bytes.subarray(at, at + count), done);
      done += count;
      read = (read + count) | 0;
      Atomics.store(this.#control, READ, read);
      Atomics.notify(this.#control, READ);
    }
    return true;
  }
}
