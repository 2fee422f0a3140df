import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { GzipFault } from "../../src/gzip/gzip_fault.ts";
import { Inflater } from "../../src/gzip/inflater.ts";
import { type Checkpoint, MemberReader } from "../../src/gzip/member_reader.ts";
import { csv, gzip, joined, noise } from "../support/data.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Everything that comes of data from a checkpoint on, and the checkpoints on the way. */
function readAll(
  data: Uint8Array,
  checkpoint?: Checkpoint,
  length = Infinity,
): { content: Bytes; checkpoints: Checkpoint[] } {
  using reader = new MemberReader({ checkpoint, stopsAtBlocks: true });
  const pieces: Bytes[] = [];
  const checkpoints: Checkpoint[] = [];
  const from = Math.floor((checkpoint?.bit ?? 0) / 8);
  for (let at = from; at < data.length; at += length) {
    reader.write(data.subarray(at, at + length));
    for (let out; (out = reader.read()) !== undefined;) {
      pieces.push(new Uint8Array(out));
      const found = reader.checkpoint();
      if (found !== undefined) checkpoints.push(found);
    }
  }
  reader.end();
  return { content: joined(...pieces), checkpoints };
}

/** A member whose blocks end where its flushes are: an empty stored block follows each. */
function flushed(parts: readonly Bytes[]): Bytes {
  const content = joined(...parts);
  const trailer = gzipSync(content).subarray(-8);
  const blocks = parts.map((part, index) =>
    deflateRawSync(part, {
      finishFlush: index === parts.length - 1
        ? constants.Z_FINISH
        : constants.Z_SYNC_FLUSH,
    })
  );
  return new Uint8Array(Buffer.concat([
    Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
    ...blocks,
    trailer,
  ]));
}

/** Gzip data of each kind, with its content. */
async function samples(): Promise<Record<string, [data: Bytes, Bytes]>> {
  const [long, short, random] = [csv(40_000), csv(100, 7), noise(300_000)];
  const own = (bytes: Uint8Array) => new Uint8Array(bytes);
  return {
    "a member of many blocks": [await gzip(long), long],
    "fixed codes": [
      own(gzipSync(long, { strategy: constants.Z_FIXED })),
      long,
    ],
    "stored blocks": [own(gzipSync(random, { level: 0 })), random],
    "blocks without content": [
      flushed([short, long, random]),
      joined(short, long, random),
    ],
    "many members": [
      joined(...Array.from({ length: 300 }, () => own(gzipSync(short)))),
      joined(...Array.from({ length: 300 }, () => short)),
    ],
    "members without content, and padding": [
      joined(
        await gzip(new Uint8Array()),
        await gzip(long),
        await gzip(new Uint8Array()),
        await gzip(random),
        new Uint8Array(700),
      ),
      joined(long, random),
    ],
  };
}

for (const [name, [data, content]] of Object.entries(await samples())) {
  Deno.test(`MemberReader goes on from each checkpoint of ${name}`, () => {
    const { content: whole, checkpoints } = readAll(data);
    assertEquals(whole, content);
    assert(checkpoints.length > 0);
    for (const checkpoint of checkpoints) {
      const rest = readAll(data, checkpoint);
      assertEquals(rest.content, content.subarray(checkpoint.content));
      assertEquals(
        checkpoint.window,
        checkpoint.isMember ? new Uint8Array() : content.slice(
          Math.max(0, checkpoint.content - checkpoint.window.length),
          checkpoint.content,
        ),
      );
      // The later checkpoints are the same.
      assertEquals(
        rest.checkpoints.map(({ bit, content }) => [bit, content]),
        checkpoints.filter(({ bit }) => bit > checkpoint.bit)
          .map(({ bit, content }) => [bit, content]),
      );
    }
  });

  Deno.test(`MemberReader finds the same checkpoints of ${name}, however it is cut`, () => {
    const { checkpoints } = readAll(data);
    for (const length of [1, 7, 1000, 65_537]) {
      if (length < 7 && data.length > 200_000) continue;
      const cut = readAll(data, undefined, length);
      assertEquals(cut.content, content);
      assertEquals(cut.checkpoints, checkpoints);
    }
  });
}

Deno.test("MemberReader counts data whose buffer is gone when the next comes", async () => {
  const data = await gzip(csv(1_000_000));
  const checkpointsOf = (isTaken: boolean) => {
    using reader = new MemberReader({ stopsAtBlocks: true });
    const bits: (number | undefined)[] = [];
    for (let at = 0; at < data.length; at += 50_000) {
      const piece = data.slice(at, at + 50_000);
      reader.write(piece);
      while (reader.read() !== undefined) bits.push(reader.checkpoint()?.bit);
      if (isTaken) structuredClone(piece, { transfer: [piece.buffer] });
    }
    return bits;
  };
  assert(checkpointsOf(false).some((bit) => (bit ?? 0) > 50_000 * 8));
  assertEquals(checkpointsOf(true), checkpointsOf(false));
});

Deno.test("MemberReader resumed in a member still tells damage behind it, and in the next member", async () => {
  const [long, next] = [await gzip(csv(40_000)), await gzip(csv(50, 3))];
  const data = joined(long, next);
  const [checkpoint] = readAll(data).checkpoints;
  assert(checkpoint !== undefined && !checkpoint.isMember);
  for (const at of [-1, -5, -9]) {
    const damaged = data.slice();
    damaged[damaged.length + at] = (damaged.at(at) ?? 0) ^ 1;
    assertThrows(() => readAll(damaged, checkpoint), GzipFault);
  }
  assertThrows(
    () => readAll(data.subarray(0, long.length - 3), checkpoint),
    GzipFault,
    "ends early",
  );
});

Deno.test("MemberReader reads a header of any length", async () => {
  const content = csv(100);
  const plain = await gzip(content);
  const mebibyte = new Uint8Array(1024 * 1024).fill(97);
  const header = joined(
    Uint8Array.of(0x1f, 0x8b, 8, 0b11100, 1, 2, 3, 4, 0, 3),
    Uint8Array.of(0xff, 0xff),
    noise(65_535),
    mebibyte,
    Uint8Array.of(0),
    joined(mebibyte, mebibyte, mebibyte),
    Uint8Array.of(0),
  );
  const data = joined(header, plain.slice(10));
  for (const length of [100, Infinity]) {
    assertEquals(readAll(data, undefined, length).content, content);
  }
});

Deno.test("MemberReader says what is wrong in the field's words", async () => {
  const packed = await gzip(csv(100));
  const flip = (at: number) => {
    const damaged = packed.slice();
    damaged[damaged.length + at] = (damaged.at(at) ?? 0) ^ 1;
    return damaged;
  };
  const checked = joined(
    Uint8Array.of(0x1f, 0x8b, 8, 0b10, 0, 0, 0, 0, 0, 3, 1, 2),
    packed.slice(10),
  );
  for (
    const [data, words] of [
      [flip(-8), "is damaged: CRC-32 mismatch"],
      [flip(-1), "is damaged: ISIZE mismatch"],
      [checked, "is damaged: header CRC-16 mismatch"],
      [packed.slice(0, -1), "ends early"],
      [new Uint8Array(), "ends early"],
      [joined(packed, Uint8Array.of(10)), "is followed by something else"],
      [joined(packed, Uint8Array.of(0, 10)), "is followed by something else"],
      [csv(10), "does not begin with the gzip magic bytes"],
    ] as const
  ) {
    const error = assertThrows(() => readAll(data), GzipFault);
    assertEquals(error.message, words);
  }
});

Deno.test("Inflater.crc32() is the CRC-32 of what was read", async () => {
  const { crc32 } = await import("node:zlib");
  for (const size of [0, 1, 15, 16, 17, 1000, 300_000]) {
    const content = noise(size, size);
    using inflater = Inflater.take();
    const data = deflateRawSync(content);
    let crc = 0;
    for (let at = 0; !inflater.hasEnded;) {
      at += inflater.write(data.subarray(at));
      for (let out = inflater.read(); out.length > 0; out = inflater.read()) {
        crc = inflater.crc32(crc);
      }
    }
    assertEquals(crc, crc32(content), `${size} bytes`);
  }
});
