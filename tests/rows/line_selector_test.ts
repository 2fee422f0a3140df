import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { KernelSelector } from "../../src/rows/kernel_selector.ts";
import {
  type LineSelector,
  LONGEST_ROW,
  LongRowError,
  type TickerTest,
} from "../../src/rows/line_selector.ts";
import { PlainSelector } from "../../src/rows/plain_selector.ts";
import { check } from "../properties/_check.ts";
import { joined } from "../support/data.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function openKernel(test: TickerTest): LineSelector {
  const kernel = KernelSelector.open(test);
  assert(kernel !== undefined);
  return kernel;
}

/** Both selectors, each with how it is made. */
const SELECTORS: readonly [string, (test: TickerTest) => LineSelector][] = [
  ["KernelSelector", openKernel],
  ["PlainSelector", (test) => new PlainSelector(test)],
];

/** What a selector keeps of content that is written in pieces of some lengths. */
function select(
  selector: LineSelector,
  content: Uint8Array,
  lengths: readonly number[],
): { text: string; rows: number } {
  const kept: Uint8Array[] = [];
  let rows = 0;
  const take = (bytes: Uint8Array, count: number) => {
    kept.push(bytes.slice());
    rows += count;
  };
  for (let at = 0, piece = 0; at < content.length; piece++) {
    const length = lengths[piece % lengths.length] ?? 1;
    selector.write(content.subarray(at, at + length), take);
    at += length;
  }
  selector.end(take);
  return { text: decoder.decode(joined(...kept)), rows };
}

/** Rows whose first field is one of some, as awk prints them. */
async function awk(content: Uint8Array, tickers: string[]): Promise<string> {
  const program = "BEGIN { while ((getline t < LIST) > 0) is[t] = 1 }\n" +
    '{ t = $1; sub(/\\r$/, "", t); if (t in is && $0 != "") print }';
  const list = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(list, tickers.map((t) => `${t}\n`).join(""));
    const child = new Deno.Command("awk", {
      args: ["-F,", "-v", `LIST=${list}`, program],
      env: { LC_ALL: "C" },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const [output] = await Promise.all([
      child.output(),
      new Blob([new Uint8Array(content)]).stream().pipeTo(child.stdin),
    ]);
    assert(output.success);
    return decoder.decode(output.stdout);
  } finally {
    await Deno.remove(list);
  }
}

/** Tickers as they are, those that begin alike, and some of each length. */
const ticker = fc.constantFrom(
  ...["A", "AA", "AAPL", "AAPLW", "BRK.A", "AMpB", "AMPB", "NA", "TRUE", "1"],
  ...["O:SPY240610P00536000", "O:SPY240610P00536001", "O:SPYG40610P00536000"],
  ...[
    "BZ:BF G6-H6-J6",
    "6A:XF:AUDUSD:U6",
    "X:BTC-USD",
    "",
    "T\u00e9",
    "\u{1f4c8}",
  ],
  ...[7, 8, 9, 15, 16, 17, 30, 31, 32, 33, 63, 64, 65, 200]
    .flatMap((length) => ["L".repeat(length), `${"L".repeat(length - 1)}M`]),
);
const rest = fc.constantFrom(
  ...["", ",", ",12,0", ',"12,37",0,11,52983525035312,,1.500000', ',"",,'],
  ...[",\u00e9\u{1f4c8}", `,${"9".repeat(300)}`, " ,1", ',AAPL,"AAPL,A"'],
);
const content = fc.record({
  rows: fc.array(fc.tuple(ticker, rest, fc.integer({ min: 1, max: 5 })), {
    maxLength: 60,
  }),
  isSorted: fc.boolean(),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  isCut: fc.boolean(),
}).map(({ rows, isSorted, lineEnd, isCut }) => {
  const lines = rows.flatMap(([name, others, times]) =>
    Array.from({ length: times }, () => name + others)
  );
  if (isSorted) lines.sort();
  const text = lines.map((line) => line + lineEnd).join("");
  return encoder.encode(isCut ? text.slice(0, -lineEnd.length) : text);
});
const tickers = fc.uniqueArray(ticker.filter((name) => name !== ""), {
  maxLength: 12,
});
const lengths = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
  fc.constant([100_000]),
);

Deno.test({
  name: "line selectors keep the rows that awk finds, as they are and in order",
  ignore: Deno.build.os === "windows",
  async fn() {
    await check(
      fc.asyncProperty(
        content,
        tickers,
        lengths,
        async (bytes, names, sizes) => {
          const wanted = await awk(bytes, names);
          for (const [name, open] of SELECTORS) {
            const { text, rows } = select(open(new Set(names)), bytes, sizes);
            assertEquals(text, wanted, name);
            assertEquals(rows, wanted.split("\n").length - 1, name);
          }
        },
      ),
    );
  },
});

Deno.test("line selectors agree with each other where they are asked about tickers", async () => {
  await check(
    fc.property(content, tickers, lengths, (bytes, names, sizes) => {
      const asked = new Map<string, number>();
      const test = (name: string) => {
        asked.set(name, (asked.get(name) ?? 0) + 1);
        return names.includes(name);
      };
      const [kept, again] = SELECTORS.map(([, open]) =>
        select(open(test), bytes, sizes)
      );
      assertEquals(kept, again);
      assert([...asked.values()].every((times) => times <= 2)); // once by each
      if (!names.includes("")) {
        assertEquals(select(openKernel(new Set(names)), bytes, sizes), kept);
      }
    }),
  );
});

for (const [name, open] of SELECTORS) {
  Deno.test(`${name} keeps rows of 100,000 tickers among more of them, sorted or not`, () => {
    const nameOf = (index: number) => `O:T${index * 7919 % 150_000}C00536000`;
    const wanted = new Set(
      Array.from({ length: 100_000 }, (_, i) => nameOf(i)),
    );
    for (const isSorted of [false, true]) {
      const rows = Array.from(
        { length: 200_000 },
        (_, i) => `${nameOf(i)},${i}\n`,
      );
      if (isSorted) rows.sort();
      const kept = rows.filter((row) => wanted.has(row.split(",", 1)[0] ?? ""));
      const result = select(open(wanted), encoder.encode(rows.join("")), [
        65_536,
      ]);
      assertEquals(result.rows, kept.length);
      assert(result.text === kept.join(""));
    }
  });

  Deno.test(`${name} asks about more tickers than it remembers`, () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => `T${i},1\n`);
    const test = (ticker: string) => ticker.endsWith("7");
    const result = select(open(test), encoder.encode(rows.join("")), [65_536]);
    assert(
      result.text === rows.filter((row) => row.endsWith("7,1\n")).join(""),
    );
  });

  Deno.test(`${name} takes other content after its end`, () => {
    const selector = open(new Set(["A"]));
    const content = encoder.encode("A,1\nB,2\nA,3");
    const kept = { text: "A,1\nA,3\n", rows: 2 };
    assertEquals(select(selector, content, [4]), kept);
    assertEquals(select(selector, content, [100]), kept);
  });

  Deno.test(`${name} takes rows of any length up to ${LONGEST_ROW} bytes`, () => {
    const row = encoder.encode(`A,${"x".repeat(LONGEST_ROW - 2)}`);
    for (const length of [1000, 300_000, row.length, 5_000_000]) {
      const bytes = joined(
        encoder.encode("A,1\n"),
        row,
        encoder.encode("\nA,2\n"),
      );
      assertEquals(select(open(new Set(["A"])), bytes, [length]).rows, 3);
      assertThrows(
        () =>
          select(
            open(new Set(["A"])),
            joined(encoder.encode("A,1\n"), row, encoder.encode("x\nA,2\n")),
            [length],
          ),
        LongRowError,
      );
    }
  });
}
