import { assertEquals, assertRejects } from "@std/assert";
import { RowError, selectRows, tallyTickers } from "../../src/rows/mod.ts";
import { indexOf, makeContent, pack } from "./_content.ts";

const PACKING = {
  level: 1,
  memLevel: 8,
  strategy: 0,
  flush: 0,
  member: 0,
  hasEmptyMembers: false,
  padding: 0,
};

Deno.test("tallyTickers() gives what an index knows of tickers, in whatever order rows are", async () => {
  for (const order of ["sorted", "runs", "shuffled"] as const) {
    for (const columns of ["trades", "tickers behind", "no times"] as const) {
      const content = makeContent({
        ...{ size: 900_000, seed: 7, order, columns, oddities: 5 },
        ...{ lineEnd: "\r\n", hasMark: true, hasLastLineEnd: false },
      });
      const { tickers } = await indexOf(pack(content, PACKING));
      assertEquals(
        await tallyTickers(selectRows(new Blob([content]).stream())),
        tickers,
      );
    }
  }
});

Deno.test("tallyTickers() needs a column of tickers", async () => {
  const content = new Blob(["price\n1\n"]).stream();
  await assertRejects(
    () => tallyTickers(selectRows(content)),
    RowError,
    "has no column 'ticker'",
  );
});
