// Indices into the memory of a TrafficMeter.
const BYTES = 0;
const THROTTLED = 1;
const CONNECTIONS = 2;

/** What connections have done, and do now. */
export interface Traffic {
  /** The bytes of answers that have arrived, listings and errors included. */
  readonly bytesReceived: number;
  /** Answers that asked to slow down: 429, 503 or `SlowDown`. */
  readonly throttled: number;
  /** Connections that are in use now. */
  readonly openConnections: number;
}

/** Counts what comes over connections, also over those of other threads with the same memory. */
export class TrafficMeter {
  readonly #counts: BigInt64Array;

  /** Goes on where the memory is. */
  constructor(memory: SharedArrayBuffer = TrafficMeter.newMemory()) {
    this.#counts = new BigInt64Array(memory);
  }

  /** Makes the memory that the meters of several threads share. */
  static newMemory(): SharedArrayBuffer {
    return new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
  }

  /** Counts bytes that have arrived. */
  received(bytes: number): void {
    Atomics.add(this.#counts, BYTES, BigInt(bytes));
  }

  /** Counts an answer that asks to slow down. */
  throttled(): void {
    Atomics.add(this.#counts, THROTTLED, 1n);
  }

  /** Counts a connection as in use; returns what ends that, which may be called twice. */
  open(): () => void {
    Atomics.add(this.#counts, CONNECTIONS, 1n);
    let isOpen = true;
    return () => {
      if (isOpen) Atomics.sub(this.#counts, CONNECTIONS, 1n);
      isOpen = false;
    };
  }

  /** What was counted. */
  get(): Traffic {
    const count = (index: number) => Number(Atomics.load(this.#counts, index));
    return {
      bytesReceived: count(BYTES),
      throttled: count(THROTTLED),
      openConnections: count(CONNECTIONS),
    };
  }
}
