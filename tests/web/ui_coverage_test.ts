import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { Coverage } from "../../src/mirror/mod.ts";
import { coverageLine } from "../../src/web/ui/coverage/coverage_line.ts";
import {
  type CoverageHead,
  type CoverageLine,
  DAY_LETTERS,
  type DayLetter,
} from "../../src/web/ui/coverage/coverage_types.ts";
import { packDays, unpackDays } from "../../src/web/ui/coverage/pack_days.ts";
import { keyOf, NOW, setUp, WEEK } from "../mirror/_mirror.ts";
import { startTestUi } from "./_ui.ts";

Deno.test("packDays() is undone by unpackDays(), and is short for twenty years", () => {
  const letter = fc.constantFrom(...Object.keys(DAY_LETTERS));
  const letters = fc.string({ unit: letter, maxLength: 80 });
  fc.assert(fc.property(letters, fc.nat(60), (text, count) => {
    const whole = text + "pppppcc".repeat(count) + text;
    assertEquals(unpackDays(packDays(whole)), whole);
  }));
  assertEquals(packDays("pppppcc".repeat(1000) + "pp"), "pppppcc1000pp");
  assertEquals(packDays(""), "");
});

Deno.test("coverageLine() tells a file with Parquet from one without, and sums the years", () => {
  const days: Coverage["days"] = [
    { date: "2023-12-29", state: "present", bytes: 5, parquetBytes: 3 },
    { date: "2023-12-30", state: "closed" },
    { date: "2024-01-02", state: "present", bytes: 7 },
    // Its Parquet file stays, and says nothing of the other.
    { date: "2024-01-03", state: "released", parquetBytes: 4 },
    { date: "2024-01-04", state: "damaged", bytes: 2 },
  ];
  const rest = { from: "2023-12-29", to: "2024-01-04", files: 3, bytes: 14 };
  assertEquals(
    coverageLine({
      ...{ dataType: "stocks_daily", ...rest, days, first: undefined },
      ...{ last: undefined, released: 1, damagedAtSource: [] },
      ...{ missing: [], accepted: [] },
    }),
    {
      dataType: "stocks_daily",
      from: "2023-12-29",
      days: "qcprd",
      years: [[2023, 1, 5, 1, 3], [2024, 2, 9, 1, 4]],
    },
  );
});

Deno.test("GET /api/coverage tells what the mirror has, anew only where something has changed", async () => {
  await using setup = await setUp();
  setup.server.objects.delete(keyOf("2024-01-03"));
  let looks = 0;
  await using test = await startTestUi({
    now: () => NOW,
    async openReader() {
      const mirror = await setup.open({ readOnly: true });
      const { coverage } = mirror;
      mirror.coverage = (options) => {
        looks++;
        return coverage.call(mirror, options);
      };
      return mirror;
    },
  });
  const ask = async (etag = "", path = "/api/coverage") => {
    const response = await fetch(`http://127.0.0.1:${test.ui.port}${path}`, {
      headers: { cookie: test.cookie, "if-none-match": etag },
    });
    const [head, ...lines] = (await response.text()).split("\n")
      .filter((line) => line !== "").map((line) => JSON.parse(line));
    return {
      status: response.status,
      etag: response.headers.get("etag") ?? "",
      head: head as CoverageHead,
      lines: lines as CoverageLine[],
    };
  };
  const statesOf = ({ days }: CoverageLine) =>
    [...unpackDays(days)].map((letter) => DAY_LETTERS[letter as DayLetter]);

  const empty = await ask();
  assertEquals([empty.head, empty.lines], [
    { today: "2024-01-08", lastDue: "2024-01-07", datasets: 0 },
    [],
  ]);

  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
    await mirror.sync(
      await mirror.plan({ ...WEEK, dataTypes: ["forex_daily"] }),
    );
  }
  const first = await ask(empty.etag);
  assertEquals(first.status, 200);
  assertEquals(first.head.datasets, 2);
  // In the catalog's order, not that of the manifest.
  assertEquals(first.lines.map(({ dataType }) => dataType), [
    "stocks_daily",
    "forex_daily",
  ]);
  await using reader = await setup.open({ readOnly: true });
  for (const [at, coverage] of (await reader.coverage()).reverse().entries()) {
    const line = first.lines[at];
    assert(line !== undefined);
    assertEquals(line.from, coverage.from);
    assertEquals(statesOf(line), coverage.days.map(({ state }) => state));
    assertEquals(line.years[0]?.[2], coverage.bytes);
  }
  assertEquals(looks, 2);

  // Nothing has changed.
  assertEquals((await ask(first.etag)).status, 304);
  assertEquals((await ask()).lines, first.lines);
  assertEquals(looks, 2);

  // Of two datasets, the one that has changed is looked at.
  {
    await using mirror = await setup.open();
    await mirror.acceptMissing("stocks_daily", ["2024-01-03"]);
  }
  const second = await ask(first.etag);
  assertNotEquals(second.etag, first.etag);
  assertEquals(
    second.lines[0] && statesOf(second.lines[0])[1],
    "accepted",
  );
  assertEquals(second.lines[1], first.lines[1]);
  assertEquals(looks, 3);

  // What was removed by hand is seen when it is looked for.
  await Deno.remove(`${setup.folder.path}/${keyOf("2024-01-04")}`);
  assertEquals((await ask(second.etag)).status, 304);
  const third = await ask(second.etag, "/api/coverage?again=true");
  assertEquals(third.lines[0] && statesOf(third.lines[0])[2], "missing");
  assertEquals((await ask(second.etag)).status, 200);
  assertEquals(looks, 5);
});
