import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { bytesSource } from "../../src/gzip/mod.ts";
import { openIndexed, RowIndexer, selectIndexed } from "../../src/rows/mod.ts";
import { collect } from "../support/data.ts";

Deno.test("openIndexed().spansOf() has the spans that may have a ticker, and selectIndexed() its rows alone", async () => {
  const tickers = ["A", "AA", "B", "C"];
  const rows = tickers.map((ticker) =>
    Array.from(
      { length: 20_000 },
      (_, at) => `${ticker},${at * 7919 % 99991}\n`,
    )
  );
  const stored = new Uint8Array(gzipSync(`ticker,x\n${rows.flat().join("")}`));
  using indexer = new RowIndexer({ key: "day.csv.gz", etag: "" }, {
    spanSize: 65_536,
  });
  await indexer.write(stored);
  await indexer.end();
  assert(indexer.index !== undefined, indexer.obstacle);
  const file = openIndexed(bytesSource(stored), indexer.index);

  const spans = file.spansOf("A");
  const all = indexer.index.spans.length;
  assert(
    spans.length > 0 && spans.length < all / 2,
    `${spans.length} of ${all}`,
  );
  // Not those that begin behind it, such as AA's.
  assertEquals(spans.filter(({ least }) => least > "A"), []);
  assertEquals(file.spansOf("ZZ"), []);

  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const batch of selectIndexed(file, { tickers: ["A"] })) {
      yield batch.bytes;
    }
  }
  assertEquals(
    new TextDecoder().decode(await collect(bytes())),
    rows[0]?.join(""),
  );
});
