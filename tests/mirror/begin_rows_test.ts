import { assert, assertEquals } from "@std/assert";
import { beginRows } from "../../src/mirror/extract/begin_rows.ts";
import { parseHeader } from "../../src/rows/row_header.ts";

const ROW = new TextEncoder().encode("A,1\n");
const BATCH = {
  name: "a.csv",
  header: parseHeader(new TextEncoder().encode("ticker,close\n")),
  bytes: ROW,
  rows: 1,
};

Deno.test("beginRows() refuses rows that come when no more of them are wanted", async () => {
  const left = Promise.withResolvers<void>();
  let refusal: unknown;
  const begun = beginRows(async (take) => {
    await take(BATCH);
    await left.promise; // the next rows come later
    await take(BATCH).catch((error) => refusal = error);
  });
  const rows = begun.rows();
  assertEquals((await rows.next()).value, BATCH);
  const returned = rows.return(undefined);
  left.resolve();
  await returned;
  assert(refusal instanceof DOMException && refusal.name === "AbortError");
});
