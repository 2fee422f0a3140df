import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import { DATASETS, getColumns } from "../../src/catalog/mod.ts";
import { parseConfiguration } from "../../src/cli/configuration.ts";
import { startDemoServer } from "../../src/demo/mod.ts";
import * as flatbed from "../../mod.ts";
import {
  type Block,
  codeSpans,
  commandsOf,
  readDocument,
  tableRows,
  tablesOf,
} from "./_document.ts";
import {
  isWindows,
  makeWorkplace,
  readTasks,
  type Workplace,
} from "./_workplace.ts";

/** What is known of a command of the README. */
type Known =
  /** It runs to its end, exits with 0 and says this; where it writes a file, the file does. */
  | { says: RegExp; in?: string }
  /** It runs until it says this, and ends well when it is told to. */
  | { runsUntil: RegExp }
  /** It is a task that takes too long, or that this very run is part of: it is looked up in deno.json. */
  | { isTask: string }
  /** It runs in other tests. */
  | { runsIn: string };

/** What is not right with a machine's clock or disk is no failure of the README. */
const CHECKED = /\n(Everything is in place|Nothing failed, .*)\n$/;
const SYNCED = /^fetched [1-9]\d*, replaced 0, present \d+, missing 0, /m;

/** Every command of the documents' blocks. One that is not here fails the test. */
const COMMANDS: Readonly<Record<string, Known>> = {
  "npx -y deno task demo": { says: /^42 files fetched, /m },
  "npx -y deno task test": { isTask: "it runs this" },
  "npx -y deno task flatbed --help": { says: /^Usage: flatbed / },
  "deno install -g -A -n flatbed jsr:@flatbed/flatbed/cli": {
    runsIn: "tests/registry/package_test.ts",
  },
  "npx -y deno task compile": { isTask: "it downloads a runtime" },
  "npx -y deno task compile:all": { isTask: "it downloads six runtimes" },
  "flatbed get stocks_daily --from 2024-01-01 --to 2024-01-31 --out data": {
    says: /^21 files fetched, /m,
  },
  "flatbed get stocks_minute --date 2024-01-02 --decompress --output - | grep ^AAPL,":
    { says: /^(AAPL,.*\n)+$/ },
  "flatbed ls": { says: /^ +folder +us_stocks_sip\/$/m },
  "flatbed ls us_stocks_sip/day_aggs_v1/2024/01/": { says: /^21 objects, /m },
  "flatbed get stocks_minute --last 5d --dry-run": {
    says: /^(5 files to fetch, |Nothing to fetch; 5 files already here)/m,
  },
  "flatbed extract stocks_minute AAPL --date 2024-01-02 --between 09:30-09:36 --time local":
    { runsIn: "the test of its output" },
  // Behind what says which configuration is used.
  "flatbed extract stocks_minute AAPL MSFT --last 5d": {
    says: /\nticker,.*\n((AAPL,.*\n)+(MSFT,.*\n)+){5}$/,
  },
  "flatbed extract stocks_minute AAPL MSFT --last 1y --output bars.arrow": {
    says: /^[\d,]+ rows of 2\d\d days, [\d.]+ MB in bars\.arrow$/m,
  },
  "flatbed extract stocks_trades AAPL --last 1d --between 09:30-16:00": {
    says: /\nticker,.*\n(AAPL,.*\n)+$/,
  },
  "flatbed extract options_minute --underlying SPY --last 1d --output spy.arrow":
    { says: /^[\d,]+ rows of 1 day, [\d.]+ [kM]B in spy\.arrow$/m },
  "flatbed extract options_trades 'O:SPY*C*' --last 1d --columns ticker,price,size":
    { says: /\nticker,price,size\n(O:SPY\d{6}C\d{8},[\d.]+,\d+\n)+$/ },
  "flatbed extract stocks_minute AAPL --last 1d --time iso --format ndjson": {
    says: /\n(\{"ticker":"AAPL",.*"window_start":"\d{4}-.*Z".*\}\n)+$/,
  },
  "flatbed parquet stocks_minute --last 5d": {
    says: /^Made \d+ Parquet files[ ,]/m,
  },
  "flatbed sync stocks_minute --last 5d --parquet": {
    says: /^Made 0 Parquet files, 5 there before$/m,
  },
  "flatbed index": { says: /^Made 0 indexes, \d+ too small to need one$/m },
  "flatbed index options_quotes --last 1d --remote": {
    says: /^Made 0 indexes, 1 too small to need one$/m,
  },
  "flatbed ls 'options_*' --date 2024-01-02": { says: /^\d+ objects, /m },
  "flatbed keys 'stocks_*' --from 2024-01-01 --to 2024-01-31 --json": {
    says: /^(\{"key":"us_stocks_sip\/.*\}\n)+$/,
  },
  "flatbed calendar 2024-11": { says: /Thanksgiving Day/ },
  "echo 'eval \"$(flatbed completions bash)\"' >> ~/.bashrc": {
    in: "~/.bashrc",
    says: /^eval "\$\(flatbed completions bash\)"\n$/,
  },
  "echo 'eval \"$(flatbed completions zsh)\"' >> ~/.zshrc": {
    in: "~/.zshrc",
    says: /^eval "\$\(flatbed completions zsh\)"\n$/,
  },
  "flatbed completions fish > ~/.config/fish/completions/flatbed.fish": {
    in: "~/.config/fish/completions/flatbed.fish",
    says: /^complete -c flatbed /m,
  },
  // The README's own sync has fetched it.
  "flatbed sync stocks_minute --from 2020-01-01 --out /data/flatfiles": {
    says: /^fetched 0, replaced 0, present [1-9]\d*, missing 0, /m,
  },
  "flatbed verify --full --repair --out /data/flatfiles": {
    says: /^The mirror is whole: [1-9]\d* files checked, .* no problems/,
  },
  "flatbed parquet --out /data/flatfiles": {
    says: /^Made [1-9]\d* Parquet files of /m,
  },
  "flatbed sql \"SELECT date, max(close) AS high FROM stocks_minute WHERE ticker = 'AAPL' GROUP BY date\" --out /data/flatfiles":
    { says: /^date,high\n(\d{4}-\d\d-\d\d,[\d.]+\n)+$/ },
  "flatbed sql \"SELECT date, close FROM stocks_daily WHERE ticker = 'AAPL' AND date >= '2024-01-01' ORDER BY date\"":
    { says: /\ndate,close\n(\d{4}-\d\d-\d\d,[\d.]+\n)+/ },
  'flatbed sql "DESCRIBE stocks_daily" --format ndjson': {
    says: /\{"column_name":"ticker","column_type":"VARCHAR",/,
  },
  "flatbed status --picture --out /data/flatfiles": {
    says: /^stocks_minute[^]*\nstocks_minute\n +Jan .* Dec\n20\d\d +\S/m,
  },
  "flatbed init stocks_daily stocks_minute --from 2020-01-01 --out /data/flatfiles":
    { says: /^Written to \.\/flatbed\.json\n/ },
  "flatbed doctor": { says: CHECKED },
  "flatbed sync": { says: SYNCED },
  "flatbed sync 'stocks_*' --last 1m --out /data/flatfiles --quiet": {
    says: /^$/,
  },
  "/usr/local/bin/flatbed watch stocks_daily stocks_minute --out /data/flatfiles":
    { runsUntil: /^Waiting until /m },
  "flatbed serve --port 9000 --scale 10 --fault drop,after=1000,times=2": {
    runsUntil: /^Ctrl\+C stops it\.$/m,
  },
  "npx -y deno task check": { isTask: "it needs no service, and takes long" },
  'npx -y deno task deno run -A "$PWD/x.ts"': { says: /^x ran\n$/ },
};

/**
 * Every command of the table of commands that is whole without what stands in square
 * brackets. They run where `flatbed init` and `flatbed sync` have run.
 */
const TABLE_COMMANDS: Readonly<Record<string, Known>> = {
  "flatbed datasets": { says: /^stocks_daily +2003-09-10 /m },
  "flatbed ls": { says: /^ +folder +us_stocks_sip\/$/m },
  "flatbed calendar": { says: /^ *January/m },
  "flatbed init": { runsIn: "the block that has it" },
  "flatbed doctor": { says: CHECKED },
  "flatbed sync": { says: /^fetched 0, replaced 0, present [1-9]/m },
  "flatbed verify": { says: /^The mirror is whole: [1-9]/m },
  "flatbed missing": { says: /^Nothing is missing$/m },
  "flatbed status": { says: /^stocks_daily .* 0\nstocks_minute .* 0\n/m },
  "flatbed shards": { says: /^No shard has begun in the mirror in /m },
  "flatbed entitlements": { says: /^stocks_quotes +/m },
  "flatbed watch": { runsUntil: /^Waiting until /m },
  "flatbed serve": { runsUntil: /^Ctrl\+C stops it\.$/m },
  "flatbed ui": { runsUntil: /^Ctrl\+C ends it\.$/m },
  "flatbed help": { says: /^Usage: flatbed / },
  "flatbed index": { says: /^Made 0 indexes, \d+ too small to need one$/m },
  "flatbed parquet": { says: /^Made [1-9]\d* Parquet files of /m },
  "flatbed demo": { says: /^Nothing to fetch; 42 files already here$/m },
};

/** What in the README's commands belongs to another machine, or takes years, and what stands for it here. */
function adapted(command: string, { path }: Workplace): string {
  const fortnightAgo = new Date(Date.now() - 14 * 86_400_000).toISOString();
  return command
    .replaceAll("~/", `${path}/home/`)
    .replaceAll("/data/flatfiles", `${path}/flatfiles`)
    .replaceAll("/usr/local/bin/flatbed", "flatbed")
    .replaceAll("2020-01-01", fortnightAgo.slice(0, 10))
    .replaceAll("--port 9000", "--port 0")
    .replace(/^flatbed ui$/, "flatbed ui --no-open")
    .replace(/^flatbed (serve|ui --no-open)$/, "$& --port 0");
}

/** Runs a command as it is known. */
async function assertRuns(
  place: Workplace,
  command: string,
  known: Known | undefined,
): Promise<void> {
  assert(known !== undefined, `no test knows what to expect of '${command}'`);
  if ("runsIn" in known) return;
  if ("isTask" in known) {
    const name = /^npx -y deno task (\S+)$/.exec(command)?.[1] ?? command;
    assertNotEquals((await readTasks())[name], undefined, command);
    return;
  }
  const script = adapted(command, place);
  const { code, text } = "says" in known
    ? await place.run(script)
    : await place.runUntil(script, known.runsUntil);
  assertEquals([command, code], [command, 0], text);
  if ("runsUntil" in known) {
    assertMatch(text, known.runsUntil, command);
  } else if (known.in === undefined) {
    assertMatch(text, known.says, command);
  } else {
    const file = await Deno.readTextFile(adapted(known.in, place));
    assertMatch(file, known.says, command);
  }
}

const readme = await readDocument("README.md");
const commandLine = await readDocument("docs/command-line.md");
const library = await readDocument("docs/library.md");
const files = await readDocument("docs/files.md");

/** The documents whose commands run, in the order in which a reader meets them. */
const DOCUMENTS = [readme, commandLine];

/** The blocks by their language, and what looks at them. */
const LANGUAGES: Readonly<Record<string, string>> = {
  sh: "each command runs here",
  cron: "each command runs here",
  ini: "ExecStart runs here",
  ts: "runs here, and passes the type check in programs_test.ts",
  json: "is read as a configuration here",
  "": "what the demo prints",
  text: "what the command above it prints",
  powershell: "nothing: not every machine has it",
};

Deno.test("the documents have no block that nothing looks at", () => {
  assertEquals(
    new Set(
      [...DOCUMENTS, library].flatMap(({ blocks }) =>
        blocks.map(({ language }) => language)
      ),
    ).difference(new Set(Object.keys(LANGUAGES))),
    new Set(),
  );
});

/** What a reader would type, or have cron or systemd run. */
function blockCommands(block: Block): string[] {
  switch (block.language) {
    case "sh":
      return commandsOf(block);
    case "cron":
      return commandsOf(block).filter((line) => !/^\w+=/.test(line))
        .map((line) => line.replace(/^(\S+\s+){5}/, ""));
    case "ini":
      return commandsOf(block).flatMap((line) =>
        /^ExecStart=(.*)$/.exec(line)?.[1] ?? []
      );
    default:
      return [];
  }
}

Deno.test({
  name: "README.md, docs/command-line.md: every command runs",
  ignore: isWindows,
  async fn(t) {
    await using server = startDemoServer({ scale: 0.1 });
    await using place = await makeWorkplace(server);
    await place.write("x.ts", 'console.log("x ran");\n');
    await Deno.mkdir(`${place.path}/home/.config/fish/completions`, {
      recursive: true,
    });
    const left = new Set(Object.keys(COMMANDS));
    for (const { name, blocks } of DOCUMENTS) {
      for (const block of blocks) {
        for (const command of blockCommands(block)) {
          left.delete(command);
          await t.step(
            `${name}, line ${block.line}: ${command}`,
            () => assertRuns(place, command, COMMANDS[command]),
          );
        }
      }
    }
    assertEquals([...left], [], "the documents have them no more");
    const others = new Set(Object.keys(TABLE_COMMANDS));
    for (const [cell = ""] of tableRows(commandLine, "command")) {
      const command = (codeSpans(cell)[0] ?? "").replaceAll(/ \[[^\]]*\]/g, "");
      if (command.includes("<")) continue;
      others.delete(command);
      await t.step(
        `table: ${command}`,
        () => assertRuns(place, command, TABLE_COMMANDS[command]),
      );
    }
    assertEquals([...others], [], "the table has them no more");
  },
});

Deno.test({
  name: "README.md: the demo prints what it says there",
  ignore: isWindows,
  async fn() {
    const at = readme.blocks.findIndex(({ code }) =>
      code.includes("task demo")
    );
    const [command, output] = readme.blocks.slice(at, at + 2);
    assert(command !== undefined && output !== undefined);
    await using server = startDemoServer({ scale: 0.1 });
    await using place = await makeWorkplace(server);
    const { text } = await place.run(command.code);
    // What it says of the next steps is not in the README.
    const [said = ""] = withoutFigures(text).split("\nWhat to try next\n");
    assertEquals(said, withoutFigures(output.code));
  },
});

Deno.test({
  name: "README.md: flatbed extract prints what it says there",
  ignore: isWindows,
  async fn() {
    const at = readme.blocks.findIndex(({ code }) => code.includes("extract"));
    const [command, output] = readme.blocks.slice(at, at + 2);
    assert(command !== undefined && output !== undefined);
    await using server = startDemoServer();
    await using place = await makeWorkplace(server);
    const { text } = await place.run(command.code);
    assertEquals(text, output.code);
  },
});

/**
 * A text without what differs from one run to the next: files in their order, a port,
 * times, speeds, and how wide the columns are that hold them.
 */
function withoutFigures(text: string): string {
  return text
    .replaceAll(/^fetched .*\n+/gm, "")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:…")
    .replaceAll(/ +[\d.]+ s\b/g, " … s")
    .replaceAll(/(?<=\S) {2,}/g, "  ")
    .replaceAll(/[\d.]+ [kMG]?B\/s/g, "…/s");
}

Deno.test({
  name: "README.md, docs/library.md: the program runs",
  ignore: isWindows,
  async fn() {
    const blocks = [readme, library].flatMap(({ blocks }) =>
      blocks.filter(({ language }) => language === "ts")
    );
    assertEquals(blocks.length, 2);
    assertEquals(blocks[0]?.code, blocks[1]?.code);
    await using server = startDemoServer({ scale: 0.1 });
    await using place = await makeWorkplace(server);
    const program = blocks[0]?.code ?? "";
    await place.write(
      "program.ts",
      `${program}for (const day of days) {
  console.log(day && new TextDecoder().decode(day).split("\\n", 1)[0]);
}
`,
    );
    const { code, text } = await place.run("deno run -A program.ts");
    const head = DATASETS[0]?.columns?.join();
    assertEquals([code, text], [0, `${head}\n`.repeat(21)]);
  },
});

Deno.test("docs/command-line.md: its flatbed.json is one", () => {
  const json = commandLine.blocks.filter(({ language }) => language === "json");
  assertEquals(json.length, 1);
  const { out, dataTypes, from, limitRate } = parseConfiguration(
    json[0]?.code ?? "",
    "./flatbed.json",
  );
  assertEquals(
    `flatbed init ${dataTypes?.join(" ")} --from ${from} --out ${out}`,
    Object.keys(COMMANDS).find((command) => command.startsWith("flatbed init")),
  );
  assertEquals(limitRate, 20e6);
});

Deno.test("docs/files.md: the table of datasets is the catalog's", () => {
  assertEquals(
    tableRows(files, "data type").map(([id, prefix, since, , calendar]) =>
      [id, prefix, since, calendar].join()
    ),
    DATASETS.map(({ id, prefix, firstDate, calendar }) =>
      [`\`${id}\``, `\`${prefix}/\``, firstDate, calendar].join()
    ),
  );
});

Deno.test("docs/files.md: the columns are the catalog's", () => {
  const headings = files.headings.filter((heading) => heading.startsWith("`"));
  const tables = tablesOf(files).filter(({ head }) => head[0] === "column");
  assertEquals(headings.length, tables.length);
  const documented = new Map(
    headings.flatMap((heading, index) =>
      codeSpans(heading).map((id) => [id, tables[index]?.rows] as const)
    ),
  );
  for (const { id } of DATASETS) {
    assertEquals(
      documented.get(id),
      getColumns(id)?.map(({ name, type, unit, zone, note }) => [
        `\`${name}\``,
        type,
        unit ?? "",
        zone ?? "",
        note ?? "",
      ]),
      id,
    );
  }
});

Deno.test("docs/files.md: what is said of a dataset is the catalog's", async () => {
  const text = await Deno.readTextFile(
    new URL("../../docs/files.md", import.meta.url),
  );
  const said = new Map(
    text.split(/^### /m).slice(1).flatMap((section) => {
      const [heading = "", ...lines] = section.split("\n");
      const note = /^What else to know: ([^|]*?)\.\n(?:\n|$)/m
        .exec(`${lines.join("\n")}\n`)?.[1]?.replaceAll("\n", " ");
      return codeSpans(heading).map((id) => [id, note] as const);
    }),
  );
  for (const { id, note } of DATASETS) {
    if (said.has(id)) assertEquals(said.get(id), note, id);
  }
});

Deno.test("docs/library.md: the errors of its table are exported, and there are no others", () => {
  const names = tableRows(library, "error").flatMap(([cell = ""]) =>
    codeSpans(cell)
  );
  const exported = Object.keys(flatbed).filter((name) =>
    /^[A-Z]\w*Error$/.test(name)
  );
  // The base class has a sentence, and the other one is a kind of NoSpaceError.
  const others = ["FlatbedError", "NotEnoughSpaceError"];
  assertEquals(
    names.toSorted(),
    exported.filter((name) => !others.includes(name)).toSorted(),
  );
});
