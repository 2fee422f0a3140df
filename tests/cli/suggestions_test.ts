import { assertEquals, assertFalse } from "@std/assert";
import { parseLines, runFlatbed } from "../support/deno_command.ts";

/** Standard error of wrong usage, in two lines: what is wrong, and where to read on. */
async function wrongUsage(line: string): Promise<string[]> {
  const { code, stdout, stderr } = await runFlatbed(line.split(" "));
  assertEquals([line, code, stdout], [line, 2, ""]);
  return stderr.trimEnd().split("\n");
}

Deno.test("flatbed suggests the command, option or data type that was meant, in the same words everywhere", async () => {
  const cases: [line: string, sentence: string, help: string][] = [
    [
      "download x",
      "unknown command 'download'; did you mean get or sync?",
      "flatbed help",
    ],
    ["list", "unknown command 'list'; did you mean ls?", "flatbed help"],
    ["snyc", "unknown command 'snyc'; did you mean sync?", "flatbed help"],
    ["frobnicate", "unknown command 'frobnicate'", "flatbed help"],
    [
      "get x --start 2024-01-02",
      "unknown option '--start'; did you mean --from?",
      "flatbed get --help",
    ],
    [
      "get x --start-date=2024-01-02",
      "unknown option '--start-date'; did you mean --from?",
      "flatbed get --help",
    ],
    [
      "keys x --until 2024-01-02",
      "unknown option '--until'; did you mean --to?",
      "flatbed keys --help",
    ],
    [
      "sync --output-dir x",
      "unknown option '--output-dir'; did you mean --out?",
      "flatbed sync --help",
    ],
    [
      "sync --folder x",
      "unknown option '--folder'; did you mean --out?",
      "flatbed sync --help",
    ],
    [
      "sync --dry_run",
      "unknown option '--dry_run'; did you mean --dry-run?",
      "flatbed sync --help",
    ],
    [
      "get x --retries 3",
      "unknown option '--retries'; did you mean --max-retries?",
      "flatbed get --help",
    ],
    [
      "get x --endpoint_url x",
      "unknown option '--endpoint_url'; did you mean --endpoint-url?",
      "flatbed get --help",
    ],
    [
      "get x --secret-access-key=made-up",
      "unknown option '--secret-access-key'; did you mean --profile?",
      "flatbed get --help",
    ],
    [
      "get x --concurrency 4",
      "unknown option '--concurrency'; did you mean --max-concurrent?",
      "flatbed get --help",
    ],
    [
      "sync --delete-replaced keep",
      "unknown option '--delete-replaced'; did you mean --keep-replaced?",
      "flatbed sync --help",
    ],
    [
      "get x --frobnicate",
      "unknown option '--frobnicate'",
      "flatbed get --help",
    ],
    // A command has no option that the word would stand for elsewhere.
    [
      "datasets --start x",
      "unknown option '--start'",
      "flatbed datasets --help",
    ],
    [
      "keys stocks_day --date 2024-01-02",
      "There is no data type 'stocks_day'; did you mean stocks_daily?",
      "flatbed keys --help",
    ],
    [
      "missing stocks-daily",
      "There is no data type 'stocks-daily'; did you mean stocks_daily?",
      "flatbed missing --help",
    ],
    [
      "status STOCKS_DAILY",
      "There is no data type 'STOCKS_DAILY'; did you mean stocks_daily?",
      "flatbed status --help",
    ],
    [
      "sync stocks_dialy",
      "There is no data type 'stocks_dialy'; did you mean stocks_daily?",
      "flatbed sync --help",
    ],
    [
      "datasets frobnicate",
      "There is no data type 'frobnicate'; 'flatbed datasets' lists them",
      "flatbed datasets --help",
    ],
    [
      "get",
      "missing required argument 'key or data-type'",
      "flatbed get --help",
    ],
    [
      "doctor x",
      "too many arguments for 'doctor'. Expected 0 arguments but got 1: x.",
      "flatbed doctor --help",
    ],
  ];
  for (const [line, sentence, help] of cases) {
    assertEquals([line, ...await wrongUsage(line)], [
      line,
      `flatbed: ${sentence}`,
      `'${help}' shows the ${help === "flatbed help" ? "commands" : "options"}`,
    ]);
  }
});

Deno.test("flatbed --json tells of wrong usage in a line of JSON too", async () => {
  const { code, stdout } = await runFlatbed(["get", "x", "--json", "--start"]);
  assertEquals([code, parseLines(stdout)], [2, [{
    code: "error",
    error: { message: "unknown option '--start'; did you mean --from?" },
  }]]);
});

Deno.test("flatbed does not point to the help of a command for what is wrong with the credentials", async () => {
  const { stderr } = await runFlatbed(["ls", "stocks_daily"]);
  assertFalse(stderr.includes("--help"), stderr);
});
