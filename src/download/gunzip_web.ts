import { IntegrityError } from "../store/mod.ts";

/** How much is given to the decompressor at once: a bomb grows a thousandfold in one step. */
const SLICE = 32 * 1024;
const MAGIC = [0x1f, 0x8b, 0x08] as const;
const ZEROS = new Uint8Array(SLICE);

/**
 * `gunzip()` over the web's `DecompressionStream`, for runtimes without
 * `node:zlib`.
 *
 * `DecompressionStream` ends with an error at whatever follows the first member, so
 * the members are told apart here: where the magic bytes stand in the data, and the
 * four bytes before them are the number of bytes that have come out so far, a member
 * has ended. Whether it was whole, the decompressor says when it is closed. Bytes that
 * look so by chance, once in 2^56, are taken for damage, never for content.
 *
 * @throws {IntegrityError} If the data is damaged, ends early, or goes on with something else.
 */
export async function* gunzipWeb(
  source: AsyncIterable<Uint8Array>,
  key: string,
): AsyncGenerator<Uint8Array> {
  let member = new Member();
  let heldZeros = 0; // they may be padding: known when something else follows
  let carry: Uint8Array = new Uint8Array(); // the beginning of what may be magic
  try {
    for await (const chunk of source) {
      const data = concat(carry, chunk);
      const end = data.findLastIndex((byte) => byte !== 0) + 1;
      if (end === 0) {
        heldZeros += data.length;
        carry = data.subarray(0, 0);
        continue;
      }
      for (; heldZeros > 0; heldZeros -= Math.min(heldZeros, SLICE)) {
        yield* member.feed(ZEROS.subarray(0, Math.min(heldZeros, SLICE)));
      }
      heldZeros = data.length - end;
      // A copy, since the chunk belongs to the source.
      carry = heldZeros > 0
        ? new Uint8Array()
        : data.slice(end - magicPrefixLength(data));

      let from = 0;
      const to = end - carry.length;
      for (
        let at = findMagic(data, 0, to);
        at !== -1;
        at = findMagic(data, at + 1, to)
      ) {
        for (; from < at; from += Math.min(SLICE, at - from)) {
          yield* member.feed(data.subarray(from, Math.min(from + SLICE, at)));
        }
        if (member.isEmpty) continue;
        yield* await member.settle();
        if (!member.mayHaveEnded()) continue;
        yield* await member.close();
        member = new Member();
      }
      for (; from < to; from += SLICE) {
        yield* member.feed(data.subarray(from, Math.min(from + SLICE, to)));
      }
    }
    if (carry.length > 0) yield* member.feed(carry);
    yield* await member.settle();
    const own = Math.min(heldZeros, member.zerosAtEnd());
    if (own > 0) yield* member.feed(ZEROS.subarray(0, own));
    yield* await member.close();
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    throw new IntegrityError(
      `Cannot decompress '${key}': its gzip data is damaged, ends early, or is followed by something else`,
      { key, cause: error.cause },
    );
  } finally {
    member.abandon();
  }
}

/** The decompressor's own word that the data is wrong. */
class DamagedError extends Error {}

/** One gzip member on its way through a decompressor. */
class Member {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reading: Promise<void>;
  #output: Uint8Array[] = [];
  #failure: unknown;
  #lastFour = new Uint8Array(4);
  #fed = 0;
  #out = 0;

  constructor() {
    const { writable, readable } = new DecompressionStream("gzip");
    this.#writer = writable.getWriter();
    // Its failure is that of the write that caused it.
    this.#writer.closed.catch(() => {});
    this.#reading = this.#read(readable);
  }

  /** Whether nothing has been fed yet. */
  get isEmpty(): boolean {
    return this.#fed === 0;
  }

  /** Feeds data, and returns what has come out meanwhile. */
  async *feed(data: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#fed += data.length;
    const last = data.subarray(-4);
    this.#lastFour = concat(this.#lastFour.slice(last.length), last);
    try {
      await this.#writer.write(data as Uint8Array<ArrayBuffer>);
    } catch (cause) {
      throw new DamagedError("write", { cause });
    }
    yield* this.#take();
  }

  /** Waits until all that can come out has come out. */
  async settle(): Promise<Uint8Array[]> {
    // The output of a finished write is handed over in microtasks: they are through by then.
    await new Promise((resolve) => setTimeout(resolve));
    return this.#take();
  }

  /** Whether the last four bytes are the size that a member ends with. */
  mayHaveEnded(): boolean {
    const [a = 0, b = 0, c = 0, d = 0] = this.#lastFour;
    return ((a | b << 8 | c << 16 | d << 24) >>> 0) === this.#out % 2 ** 32;
  }

  /** How many zero bytes the member ends with, by what has come out; all but zeros have been fed. */
  zerosAtEnd(): number {
    const size = this.#out % 2 ** 32;
    // Nothing came out: size and checksum are zero, and so is the end of `03 00`.
    if (this.#out === 0) return this.#lastFour[3] === 0x03 ? 9 : 8;
    if (size === 0) return 4;
    return Math.clz32(size) >>> 3;
  }

  /** Ends the member, and returns the rest of what comes out. */
  async close(): Promise<Uint8Array[]> {
    try {
      await this.#writer.close();
    } catch (cause) {
      throw new DamagedError("close", { cause });
    }
    await this.#reading;
    if (this.#failure !== undefined) {
      throw new DamagedError("read", { cause: this.#failure });
    }
    return this.#take();
  }

  /** Lets go of everything, at whatever point. */
  abandon(): void {
    this.#writer.abort().catch(() => {});
  }

  async #read(readable: ReadableStream<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of readable) {
        this.#output.push(chunk);
        this.#out += chunk.length;
      }
    } catch (error) {
      this.#failure = error;
    }
  }

  #take(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }
}

/** Where the magic bytes begin, from `from` on and before `to`, or -1. */
function findMagic(data: Uint8Array, from: number, to: number): number {
  for (
    let at = data.indexOf(MAGIC[0], from);
    at !== -1 && at < to;
    at = data.indexOf(MAGIC[0], at + 1)
  ) {
    if (data[at + 1] === MAGIC[1] && data[at + 2] === MAGIC[2]) return at;
  }
  return -1;
}

/** How many bytes at the end may be the beginning of magic. */
function magicPrefixLength(data: Uint8Array): number {
  const [last, beforeLast] = [data.at(-1), data.at(-2)];
  if (beforeLast === MAGIC[0] && last === MAGIC[1]) return 2;
  return last === MAGIC[0] ? 1 : 0;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
