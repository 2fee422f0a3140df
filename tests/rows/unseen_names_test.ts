import { assertEquals } from "@std/assert";
import { selectRows, UnseenNames } from "../../src/rows/mod.ts";

async function unseen(text: string, tickers: string[]): Promise<string[]> {
  const names = new UnseenNames({ tickers });
  for await (const batch of selectRows(new Blob([text]).stream())) {
    names.add(batch);
  }
  return names.tickers;
}

Deno.test("UnseenNames knows which tickers have had no row", async () => {
  const rows = "ticker,close\nA,1\nA,2\nAA,1\nÄ,1\nZ";
  assertEquals(
    await unseen(rows, ["AA", "AAA", "A", "Ä", "Z", "a", "1"]),
    ["AAA", "a", "1"],
  );
});

Deno.test("UnseenNames finds tickers in any column, by rows that are quoted", async () => {
  const rows = 'conditions,ticker\n"1,A",NA\n,TRUE\n"2,Q",NA\n';
  assertEquals(await unseen(rows, ["A", "NA", "TRUE", "Q"]), ["A", "Q"]);
});

Deno.test("UnseenNames knows which underlyings have had no row, adjusted contracts included", () => {
  const names = new UnseenNames({ underlying: ["SPY", "O:SP", "AAPL", "Y"] });
  assertEquals(names.underlyings, ["SPY", "SP", "AAPL", "Y"]);
  const rows = [
    ...["O:SPY240105C00475000,1", "O:AAPL1240105C00475000,1", "O:Y,1", ""],
  ];
  names.add({
    name: "",
    header: {
      line: new Uint8Array(),
      names: ["ticker", "close"],
    },
    bytes: new TextEncoder().encode(rows.join("\n")),
    rows: 3,
  });
  assertEquals(names.underlyings, ["SP", "Y"]);
});
