import { assertEquals, assertMatch } from "@std/assert";
import { startDemoServer } from "../src/demo/mod.ts";
import { environmentOf, runDeno } from "./support/deno_command.ts";

/** What each example prints against the demo service, in its first or last line. */
const EXPECTED: Record<string, RegExp> = {
  "batch.ts":
    /^us_options\/day_aggs_v1\/2024\/01\/2024-01-08\.csv\.gz \d+ bytes\n(.+\n){4}[^]*successRate: 1/,
  "calendar.ts": /^252 trading days\nafter Christmas Eve comes 2024-12-26\n/,
  "extract_rows.ts":
    /^2024-01-02: \d+ rows, object\n2024-01-03: \d+ rows, object\n$/,
  "list.ts": /\n21 objects\n$/,
  "missing_dates.ts": /^Nothing is missing\n$/,
  "month_to_disk.ts": /^21 files, \d+ bytes in /,
  "one_file.ts":
    /^ticker,volume,open,close,high,low,window_start,transactions\nA,/,
  "stream_csv.ts":
    /^2024-01-02T\d\d:\d\d:00\.000Z \d+(\.\d+)?\n[^]*\n?\d+ minutes of AAPL\n$/,
  "sync_script.ts":
    /^2024-01-02 \d+ tickers\n(.+\n){2}2024-01-05 \d+ tickers\n$/,
};

const folder = new URL("../examples/", import.meta.url);
for (const { name } of Deno.readDirSync(folder)) {
  Deno.test(`examples/${name} runs against the demo service`, async () => {
    await using server = startDemoServer();
    const out = await Deno.makeTempDir();
    const { code, stdout, stderr } = await runDeno(
      ["run", "-A", new URL(name, folder).pathname, out],
      { env: environmentOf(server) },
    );
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, EXPECTED[name] ?? /^$/);
    await Deno.remove(out, { recursive: true });
  });
}
