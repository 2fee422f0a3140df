import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { ByteRing } from "../../src/download/workers/byte_ring.ts";
import { noise } from "../support/data.ts";
import { check } from "./_check.ts";

/** How long a reader waits for what is there already, in milliseconds. */
const MOMENT = 1;
/** How long a reader waits for the other thread, in milliseconds: that is never silent for so long. */
const PATIENCE = 10_000;

/** What a ring is meant to be: a queue of bytes that holds so many. */
interface Queue {
  capacity: number;
  bytes: number[];
  /** The byte that is written next, so that no two neighbours are alike. */
  next: number;
}

/** Where a ring's counts are when a test begins: also just before they begin again. */
const startCount = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -2000, max: -1 }),
  fc.integer({ min: 2 ** 31 - 2000, max: 2 ** 31 - 1 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);

/** An empty ring whose counts are where they would be after a long time. */
function ringAt(bits: number, count: number): ByteRing {
  const ring = ByteRing.allocate(bits);
  new Int32Array(ring.memory, 0, 2).fill(count);
  return ring;
}

/** Writes part of what is free, so that it never waits. */
class Write implements fc.Command<Queue, ByteRing> {
  constructor(readonly part: number) {}

  check(): boolean {
    return true;
  }

  run(queue: Queue, ring: ByteRing): void {
    const free = queue.capacity - queue.bytes.length;
    const length = Math.round(this.part * free);
    const bytes = Uint8Array.from({ length }, () => queue.next++);
    ring.write(bytes);
    queue.bytes.push(...bytes);
    // The ring has its own copy.
    bytes.fill(0);
  }

  toString(): string {
    return `Write(${this.part})`;
  }
}

/** Reads part of what is there, so that it never waits. */
class Read implements fc.Command<Queue, ByteRing> {
  constructor(readonly part: number) {}

  check(): boolean {
    return true;
  }

  run(queue: Queue, ring: ByteRing): void {
    const target = new Uint8Array(Math.round(this.part * queue.bytes.length));
    assert(ring.read(target, MOMENT));
    assertEquals([...target], queue.bytes.splice(0, target.length));
  }

  toString(): string {
    return `Read(${this.part})`;
  }
}

/** Looks at the same memory anew, as another thread does. */
class LookAnew implements fc.Command<Queue, ByteRing> {
  check(): boolean {
    return true;
  }

  run(queue: Queue, ring: ByteRing): void {
    const other = new ByteRing(ring.memory);
    other.beat();
    const target = new Uint8Array(queue.bytes.length);
    assert(other.read(target, MOMENT));
    assertEquals([...target], queue.bytes);
    other.write(target);
  }

  toString(): string {
    return "LookAnew()";
  }
}

const part = fc.oneof(
  fc.constantFrom(0, 1),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

Deno.test("ByteRing.write() and read() do what a queue does", async () => {
  await check(
    fc.property(
      fc.integer({ min: 0, max: 9 }),
      startCount,
      fc.commands([
        part.map((part) => new Write(part)),
        part.map((part) => new Read(part)),
        fc.constant(new LookAnew()),
      ], { maxCommands: 80, size: "max" }),
      (bits, start, commands) => {
        fc.modelRun(() => ({
          model: { capacity: 2 ** bits, bytes: [], next: 0 },
          real: ringAt(bits, start),
        }), commands);
      },
    ),
    { numRuns: 300 },
  );
});

/** Lengths of pieces that bytes are cut into, one after the other, over and over. */
const lengths = fc.array(fc.integer({ min: 1, max: 700 }), {
  minLength: 1,
  maxLength: 10,
});

/** A thread that writes what it is told, in pieces of the lengths that it is told. */
class Writer implements Disposable {
  readonly #worker: Worker;
  /** Resolves when it has started: a main thread that sleeps may hold that up. */
  readonly ready: Promise<unknown>;

  constructor() {
    const ring = import.meta.resolve("../../src/download/workers/byte_ring.ts");
    const source = `
      import { ByteRing } from ${JSON.stringify(ring)};
      self.onmessage = ({ data: { memory, bytes, lengths } }) => {
        const ring = new ByteRing(memory);
        for (let at = 0, piece = 0; at < bytes.length; piece++) {
          const length = lengths[piece % lengths.length];
          ring.write(bytes.subarray(at, at + length));
          ring.beat();
          at += length;
        }
        self.postMessage("done");
      };
      self.postMessage("ready");
    `;
    this.#worker = new Worker(
      `data:application/javascript,${encodeURIComponent(source)}`,
      { type: "module" },
    );
    this.ready = this.#message();
  }

  /** Starts to write, and resolves when all is written. */
  write(
    ring: ByteRing,
    bytes: Uint8Array,
    lengths: readonly number[],
  ): Promise<unknown> {
    this.#worker.postMessage({ memory: ring.memory, bytes, lengths });
    return this.#message();
  }

  #message(): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#worker.onmessage = ({ data }) => resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

Deno.test("ByteRing carries the same bytes from thread to thread, in pieces of any lengths on both sides", async () => {
  using writer = new Writer();
  assertEquals(await writer.ready, "ready");
  await check(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 12 }),
      startCount,
      fc.nat({ max: 4000 }),
      lengths,
      lengths,
      async (bits, start, size, writes, reads) => {
        const bytes = noise(size, size);
        const ring = ringAt(bits, start);
        const written = writer.write(ring, bytes, writes);
        const carried = new Uint8Array(size);
        for (let at = 0, piece = 0; at < size; piece++) {
          const length = reads[piece % reads.length] ?? 1;
          const target = carried.subarray(at, at + length);
          assert(ring.read(target, PATIENCE), `nothing came after ${at} bytes`);
          at += length;
        }
        assert(Buffer.compare(carried, bytes) === 0);
        assertEquals(await written, "done");
      },
    ),
    { numRuns: 40 },
  );
});
