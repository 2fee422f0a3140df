import { assertEquals, assertRejects } from "@std/assert";
import type { Mirror } from "../../src/mirror/mod.ts";
import { setUp, WEEK } from "./_mirror.ts";

Deno.test("Mirror refuses options with a name that there is not, and suggests the right one", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  setup.server.records.length = 0;
  const calls: [
    name: string,
    meant: string,
    call: (options: never) => unknown,
  ][] = [
    ["decompres", "decompress", (options) => setup.open(options)],
    ["read_only", "readOnly", (options) => setup.open(options)],
    ["data_types", "dataTypes", (options) => mirror.plan(options)],
    ["start_date", "from", (options) => mirror.plan(options)],
    ["concurrency", "maxConcurrent", (options) => mirror.sync(plan, options)],
    ["keep_replaced", "keepReplaced", (options) => mirror.sync(plan, options)],
    ["dataType", "dataTypes", (options) => mirror.verify(options)],
    ["until", "to", (options) => mirror.coverage(options)],
    ["end", "to", (options) => mirror.missing(options)],
    [
      "abort_signal",
      "signal",
      (options) => mirror.findOldestReadable("stocks_daily", options),
    ],
  ];
  for (const [name, meant, call] of calls) {
    await assertRejects(
      async () => await call({ [name]: undefined } as never),
      TypeError,
      `Cannot use '${name}' in options: there is no such option; did you mean ${meant}?`,
    );
  }
  assertEquals(setup.server.records, []);
});

Deno.test("Mirror takes data types known at run time; a misspelt one is an error of the compiler", () => {
  const types: string[] = ["stocks_daily"];
  const asked = (mirror: Mirror) => [
    mirror.plan({ dataTypes: types }),
    mirror.plan({ dataTypes: ["stocks_daily", "forex_daily"] }),
    mirror.coverage({ dataTypes: ["stocks_daily"] }),
    mirror.verify({ mode: "quick" }),
    mirror.findOldestReadable("stocks_daily"),
    // @ts-expect-error it is stocks_daily
    mirror.plan({ dataTypes: ["forex_daily", "stock_daily"] }),
    // @ts-expect-error it is stocks_daily
    mirror.coverage({ dataTypes: ["stock_daily"] }),
    // @ts-expect-error it is stocks_daily
    mirror.verify({ mode: "quick", dataTypes: ["stock_daily"] }),
    // @ts-expect-error it is stocks_daily
    mirror.findOldestReadable("stock_daily"),
    // @ts-expect-error it is stocks_daily
    mirror.entitlement("stock_daily"),
    // @ts-expect-error it is stocks_daily
    mirror.acceptMissing("stock_daily", []),
  ];
  // Its types are what is tested.
  assertEquals(typeof asked, "function");
});
