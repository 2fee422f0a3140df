import { assert, assertEquals } from "@std/assert";
import { LANES, makeMd5Kernel, WINDOW } from "../../src/store/md5_kernel.ts";
import { Md5 } from "../../src/store/mod.ts";
import { noise } from "../support/data.ts";
import { md5 as expected } from "../support/hash.ts";

const TEXT = new TextEncoder();

/** Takes bytes in pieces of a size, with a pause after each. */
function* feeding(
  bytes: Uint8Array,
  pieceSize: number,
): Generator<undefined, string> {
  const md5 = new Md5();
  for (let at = 0; at < bytes.length; at += pieceSize) {
    md5.update(bytes.subarray(at, at + pieceSize));
    yield;
  }
  return md5.digest();
}

/** Goes on with each in turn until all have ended. */
function together(runs: Generator<undefined, string>[]): string[] {
  const results: string[] = [];
  const left = new Set(runs.entries());
  while (left.size > 0) {
    for (const entry of left) {
      const { value, done } = entry[1].next();
      if (!done) continue;
      results[entry[0]] = value;
      left.delete(entry);
    }
  }
  return results;
}

Deno.test("Md5 gives the digests of RFC 1321", () => {
  const digests = {
    "": "d41d8cd98f00b204e9800998ecf8427e",
    "a": "0cc175b9c0f1b6a831c399e269772661",
    "abc": "900150983cd24fb0d6963f7d28e17f72",
    "message digest": "f96b697d7cb7938d525a2f31aaf161d0",
    "abcdefghijklmnopqrstuvwxyz": "c3fcd3d76192e4007dfb496cca67e13b",
  };
  for (const [text, digest] of Object.entries(digests)) {
    const md5 = new Md5();
    md5.update(TEXT.encode(text));
    assertEquals(md5.digest(), digest);
  }
});

Deno.test("Md5 hashes messages of all lengths side by side", () => {
  // Around the ends of blocks, of the kernel's window and of what waits.
  const lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1023, 32 * 1024 + 1]
    .concat([512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, 1_300_000]);
  const messages = lengths.map((length, seed) => noise(length, seed));
  for (const pieceSize of [1_000_000, 65_536, 10_007]) {
    assertEquals(
      together(messages.map((message) => feeding(message, pieceSize))),
      messages.map(expected),
    );
  }
});

Deno.test("Md5 hashes more messages at once than wait, and some that nobody ends", () => {
  const messages = Array.from(
    { length: 40 },
    (_, seed) => noise(100_000 + 3000 * seed, seed),
  );
  const abandoned = messages.map((message) => feeding(message, 20_000));
  for (const run of abandoned) run.next();
  assertEquals(
    together(messages.map((message) => feeding(message, 30_000))),
    messages.map(expected),
  );
});

Deno.test("Md5.rest() changes no digest, wherever a message rests", () => {
  const messages = Array.from(
    { length: 6 },
    (_, seed) => noise(300_000 + 3001 * seed, seed),
  );
  for (const pieceSize of [13, 64, 4096, 100_000]) {
    const resting = (bytes: Uint8Array) =>
      (function* (): Generator<undefined, string> {
        const md5 = new Md5();
        for (let at = 0; at < bytes.length; at += pieceSize) {
          md5.update(bytes.subarray(at, at + pieceSize));
          if (at % 3 !== 1) md5.rest();
          yield;
        }
        md5.rest();
        return md5.digest();
      })();
    const shorter = messages.map((message) =>
      message.subarray(0, pieceSize * 20)
    );
    assertEquals(
      together([
        ...shorter.map(resting),
        ...shorter.map((message) => feeding(message, 4096)),
      ]),
      [...shorter, ...shorter].map(expected),
    );
  }
});

Deno.test("Md5 that is disposed of leaves nothing behind that others would be hashed beside", () => {
  // Alone, a message goes to the runtime, and its memory is spare at once.
  const message = noise(600_000);
  const left = Array.from({ length: 3 }, () => {
    const md5 = new Md5();
    md5.update(message.subarray(0, 200_000));
    return md5;
  });
  const { prototype } = Uint8Array;
  const { set } = prototype;
  let copied = 0;
  const hash = () => {
    copied = 0;
    prototype.set = function (this: Uint8Array, ...args) {
      // What goes into the kernel is copied there.
      if (this.length === WINDOW * 64) copied++;
      set.apply(this, args);
    };
    try {
      assertEquals(together([feeding(message, 100_000)]), [expected(message)]);
    } finally {
      prototype.set = set;
    }
    return copied;
  };
  assert(hash() > 0);
  for (const md5 of left) md5[Symbol.dispose]();
  assertEquals(hash(), 0);
});

Deno.test("Md5 keeps no bytes of its caller's", () => {
  const bytes = noise(5000, 1);
  const digest = expected(bytes);
  const md5 = new Md5();
  md5.update(bytes);
  bytes.fill(0);
  assertEquals(md5.digest(), digest);
});

Deno.test("makeMd5Kernel() hashes each lane's blocks, as many as are asked for", () => {
  const kernel = makeMd5Kernel();
  assert(kernel !== undefined, "this machine has the instructions");
  const first = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  first.forEach((word, at) =>
    kernel.state.fill(word, LANES * at, LANES * at + LANES)
  );
  const messages = kernel.input.map((input, lane) => {
    const message = noise(WINDOW * 64 - 64, lane);
    input.set(message);
    // The padding is a block of its own.
    input.fill(0, message.length);
    input[message.length] = 0x80;
    new DataView(input.buffer, input.byteOffset)
      .setUint32(message.length + 56, message.length * 8, true);
    return message;
  });
  kernel.run(WINDOW);
  messages.forEach((message, lane) => {
    const words = first.map((_, at) => kernel.state[LANES * at + lane] ?? 0);
    const digest = new Uint8Array(Uint32Array.from(words).buffer).toHex();
    assertEquals(digest, expected(message));
  });
});
