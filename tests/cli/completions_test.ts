import { outcomeOf } from "../support/program.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DATASETS } from "../../src/catalog/mod.ts";
import {
  complete,
  type Completion,
} from "../../src/cli/completions/complete.ts";
import { dates, periods } from "../../src/cli/completions/values.ts";
import { makeProgram } from "../../src/cli/program.ts";
import {
  denoDir,
  denoScript,
  ROOT,
  runDeno,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

const CLI = new URL("cli.ts", ROOT).pathname;

const PROGRAM = await makeProgram([], () => {});

/** The commands that `flatbed --help` shows. */
const COMMANDS = PROGRAM.createHelp().visibleCommands(PROGRAM);

/** What is offered behind some words, the last of which is being typed. */
function offer(...words: string[]): Completion {
  const typed = words.pop() ?? "";
  return complete(PROGRAM, words, typed);
}

/** The same, without the descriptions. */
function offerValues(...words: string[]): string[] {
  const offered = offer(...words);
  assert(typeof offered !== "string");
  return offered.map(({ value }) => value);
}

Deno.test("complete() offers the commands of --help with their summaries", () => {
  const names = COMMANDS.map((command) => command.name());
  assert(names.includes("sync") && names.includes("completions"), `${names}`);
  assertEquals(offerValues(""), names);
  assertEquals(offer("sy"), [
    { value: "sync", description: "keep a folder complete" },
  ]);
  assertEquals(offer("nonsense", ""), []);
  assertEquals(offerValues("-"), ["--version", "--verbose", "--help"]);
});

/** What stands for a placeholder of `--help`: one of what is offered. */
const EXAMPLES: Record<string, string> = {
  "data-type": "options_quotes",
  command: "sync",
  date: "2024-01-02",
  dir: "folders",
  "dir...": "folders",
  engine: "slurm",
  file: "files",
  folder: "folders",
  "i/n": "auto",
  place: "folders",
  period: "2024-01",
  topic: "layout",
};
/** What nothing can be offered for. */
const FREE = [
  "address",
  "factor",
  "fault",
  "key",
  "n",
  "name",
  "names",
  "port",
  "prefix",
  "query",
  "rate",
  "root",
  "seconds",
  "size",
  "bytes",
  "time",
  "times",
  "url",
];

/** What is offered in the place of a placeholder holds its example, or nothing is. */
function assertOffered(offered: Completion, placeholder: string): void {
  const example = EXAMPLES[placeholder];
  if (example === undefined) {
    assert(FREE.includes(placeholder), `<${placeholder}> is a new one`);
    assertEquals(offered, []);
  } else if (typeof offered === "string") assertEquals(offered, example);
  else assert(offered.some(({ value }) => value === example), placeholder);
}

Deno.test("complete() knows every option, choice and argument of every command", () => {
  for (const command of COMMANDS) {
    const name = command.name();
    const help = command.helpInformation().replaceAll(/\n {10,}/g, " ");
    const options = [
      ...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)(?: <(.+?)>)?(.*)$/gm),
    ];
    assertEquals(
      offerValues(name, "--").toSorted(),
      options.map(([, option = ""]) => option).toSorted(),
    );
    for (const [, option = "", taken, text = ""] of options) {
      if (taken === undefined) continue;
      const choices = /\(choices: ([^)]*?)(?:, default|\))/.exec(text)?.[1];
      if (choices !== undefined) {
        assertEquals(offerValues(name, option, ""), JSON.parse(`[${choices}]`));
      } else {
        const typed = taken === "date" ? "2024-01" : "";
        assertOffered(offer(name, option, typed), taken);
      }
    }
    const [argument] = command.registeredArguments;
    if (argument === undefined) continue;
    const names = argument.name().split(" or ")
      .filter((name) => !FREE.includes(name));
    for (const placeholder of names) {
      if (argument.argChoices !== undefined) {
        assertEquals(offerValues(name, ""), argument.argChoices);
      } else {
        const typed = placeholder === "period" ? "2024" : "";
        assertOffered(offer(name, typed), placeholder);
      }
    }
  }
});

Deno.test("complete() offers data types with facts, patterns, and none twice", () => {
  const values = offerValues("keys", "");
  assertEquals(
    values.filter((value) => !value.endsWith("*")),
    DATASETS.map(({ id }) => id),
  );
  assertEquals(values.filter((value) => value.endsWith("*")), [
    "stocks_*",
    "options_*",
    "futures_*",
    "futures_cme_*",
    "futures_cbot_*",
    "futures_comex_*",
    "futures_nymex_*",
    "indices_*",
    "forex_*",
    "crypto_*",
  ]);
  assertEquals(offer("keys", "crypto_daily", "crypto_"), [
    { value: "crypto_minute", description: "since 2013-11-01, 2.25 MB a day" },
    { value: "crypto_trades", description: "since 2013-11-01, 35.0 MB a day" },
    { value: "crypto_*", description: "3 data types" },
  ]);
});

Deno.test("complete() goes into groups of commands, and into a command behind another one", () => {
  assertEquals(offerValues("cluster", ""), ["slurm", "kubernetes", "batch"]);
  assertEquals(offerValues("cluster", "nonsense", ""), [
    "slurm",
    "kubernetes",
    "batch",
  ]);
  assertEquals(offerValues("cluster", "slurm", "--part"), ["--partition"]);
  assertEquals(offerValues("cluster", "batch", "--platform", ""), [
    "fargate",
    "ec2",
  ]);
  assertEquals(offerValues("cluster", "slurm", "--shards", "8", ""), ["sync"]);
  assertEquals(offerValues("cluster", "slurm", "--", "sync", "stocks_d"), [
    "stocks_daily",
  ]);
  assertEquals(offerValues("cluster", "slurm", "sync", "--lim"), [
    "--limit-rate",
  ]);
});

Deno.test("complete() follows what is typed: values, '=', '--', quotes, options that are given", () => {
  assertEquals(offer("calendar", "--calendar=F"), [
    { value: "--calendar=FOREX", description: "which market" },
  ]);
  assertEquals(
    offerValues("keys", "stocks_daily", "--from=2024-11-2"),
    [20, 21, 22, 25, 26, 27, 29].map((day) => `--from=2024-11-${day}`),
  );
  // The market is that of the data type.
  assertEquals(
    offerValues("keys", "crypto_daily", "--from", "2024-11-2").length,
    10,
  );
  assertEquals(
    offerValues("sync", "--config=", ""),
    offerValues("sync", ""),
  );
  assertEquals(offer("sync", "--out="), "folders");
  assertEquals(offerValues("sync", "--", "--"), []);
  assertEquals(offerValues("keys", "'stocks_q"), ["stocks_quotes"]);
  assertEquals(offerValues("keys", "stocks_\\*"), ["stocks_*"]);
  // An argument is no command.
  assertEquals(offerValues("help", "sync", ""), [
    "--verbose",
    "--help",
  ]);
  assertEquals(offerValues("doctor", "--profile", "sync", "--profile"), []);
  assertEquals(
    offerValues("serve", "--fault", "drop", "--port", "1", "--fa"),
    [
      "--fault",
    ],
  );
  assertEquals(offerValues("serve", "--port", "1", "--po"), []);
});

Deno.test("flatbed complete needs no permission, loads no SDK, and says nothing of what is wrong", async () => {
  const ask = (...args: string[]) =>
    runDeno(["run", "--no-prompt", CLI, "complete", ...args]);
  const { stdout, ...rest } = await ask("--current=s", "--", "sync");
  assertEquals(rest, { code: 0, stderr: "" });
  assertEquals(
    stdout.split("\n")[0],
    "stocks_daily\tsince 2003-09-10, 305 kB a day",
  );
  assertEquals((await ask("--", "sync", "--out")).stdout, ":folders\n");
  assertEquals(
    await ask("--current=0000-1", "--", "keys", "--from"),
    { code: 0, stdout: "", stderr: "" },
  );
});

Deno.test("dates() offers the trading days up to yesterday in New York, the newest first", () => {
  // In New York it is still the 29th: its file is not there yet.
  const now = new Date("2024-11-30T03:00:00Z");
  assertEquals(dates("", "stocks_daily", now).slice(0, 3), [
    { value: "2024-11-27", description: "Wednesday" },
    { value: "2024-11-26", description: "Tuesday" },
    { value: "2024-11-25", description: "Monday" },
  ]);
  assertEquals(dates("", "crypto_*", now)[0]?.value, "2024-11-28");
  assertEquals(dates("", undefined, now).length, 10);
  assertEquals(dates("2020", undefined, now), dates("", undefined, now));
  assertEquals(
    dates("2024-07", undefined, now)
      .find(({ value }) => value === "2024-07-03"),
    { value: "2024-07-03", description: "Wednesday, early close" },
  );
});

Deno.test("periods() offers the last months with their years, and the months of a year that is typed", () => {
  const now = new Date("2024-03-01T02:00:00Z");
  const values = periods("", now).map(({ value }) => value);
  assertEquals(values.slice(0, 3), ["2024-02", "2024-01", "2023-12"]);
  assertEquals(values.slice(-3), ["2023-03", "2024", "2023"]);
  assertEquals(
    periods("2019", now).map(({ value }) => value).slice(10),
    ["2019-02", "2019-01", "2019"],
  );
});

Deno.test("flatbed completions refuses a name that a shell would take for more", async () => {
  for (const name of ["a b", "$(id)", "-x", "a;b", ""]) {
    const { code, stdout, stderr } = await runFlatbed([
      "completions",
      "bash",
      `--name=${name}`,
    ]);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, "expected a command's name");
  }
  const { code, stderr } = await runFlatbed(["completions", "tcsh"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "bash, zsh, fish, powershell");
});

Deno.test("flatbed completions powershell registers the name that is given", async () => {
  const { stdout } = await runFlatbed([
    "completions",
    "powershell",
    "--name",
    "fb",
  ]);
  assertStringIncludes(
    stdout,
    "Register-ArgumentCompleter -Native -CommandName 'fb'",
  );
  // A backtick makes PowerShell's tab, and all that it opens is closed again.
  assertStringIncludes(stdout, '-split "`t", 2');
  for (const [open = "", close = ""] of ["{}", "()", "[]"]) {
    assertEquals(stdout.split(open).length, stdout.split(close).length, open);
  }
});

/** A folder with paths to complete, and a `flatbed` that notes what it is called with. */
async function makeHome(name = "flatbed"): Promise<TemporaryFolder> {
  const folder = await makeFolder();
  for (const path of ["bin", "my data"]) {
    await Deno.mkdir(`${folder.path}/${path}`);
  }
  const program = denoScript(["run", "-A", "--no-prompt", CLI]);
  // The second is what a pattern without quotes would become.
  for (const path of ["file.json", "futures_nymex_x"]) {
    await Deno.writeTextFile(`${folder.path}/${path}`, "");
  }
  await Deno.writeTextFile(
    `${folder.path}/bin/${name}`,
    `#!/bin/sh
case $1 in
  complet*) exec ${program} "$@" ;;
esac
{ printf '<%s>' "$@"; echo; } >> '${folder.path}/calls'
`,
    { mode: 0o755 },
  );
  return folder;
}

/** Runs a program in such a folder, with text to its standard input. */
async function runIn(
  { path }: TemporaryFolder,
  [program = "", ...args]: readonly string[],
  input = "",
): Promise<{ stdout: string; stderr: string }> {
  const child = new Deno.Command(program, {
    args,
    cwd: path,
    env: {
      DENO_DIR: await denoDir(),
      PATH: `${path}/bin:${Deno.env.get("PATH")}`,
      HOME: path,
      TERM: "dumb",
      PS1: "$ ",
      HISTFILE: "/dev/null",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(30_000),
  }).spawn();
  const [output] = await Promise.all([
    child.output(),
    new Response(input).body?.pipeTo(child.stdin),
  ]);
  return outcomeOf(output);
}

/** What is called when lines are typed into a shell on a terminal, with `\t` for the key. */
async function typeInto(
  folder: TemporaryFolder,
  shell: string,
  lines: readonly string[],
): Promise<string[]> {
  const { stdout } = await runIn(
    folder,
    ["script", "-qec", shell, "/dev/null"],
    [...lines, "exit", ""].join("\r"),
  );
  try {
    const calls = await Deno.readTextFile(`${folder.path}/calls`);
    return calls.trimEnd().split("\n");
  } catch (error) {
    throw new Error(`Nothing was called: ${stdout}`, { cause: error });
  }
}

/** What is typed, and what comes of it, in bash and in zsh. */
const TYPED: readonly (readonly [typed: string, called: string])[] = [
  ["flatbed sy\t", "<sync>"],
  [
    "flatbed keys stocks_d\t--fr\t2024-03-21\t",
    "<keys><stocks_daily><--from><2024-03-21>",
  ],
  [
    "flatbed keys --from=2024-03-01 --to=2024-04-0\t1",
    "<keys><--from=2024-03-01><--to=2024-04-01>",
  ],
  [
    "flatbed keys --from=2024-03-01 --to=2024-12-1\t3\t",
    "<keys><--from=2024-03-01><--to=2024-12-13>",
  ],
  ["flatbed keys futures_nymex_\\*\t", "<keys><futures_nymex_*>"],
  ["flatbed keys 'stocks_q\t", "<keys><stocks_quotes>"],
  ["flatbed calendar --calendar=24\t", "<calendar><--calendar=24/7>"],
  ["flatbed calendar --calendar CM\t", "<calendar><--calendar><CMES>"],
  ["flatbed sync --config fi\t", "<sync><--config><file.json>"],
  [
    "flatbed sync --endpoint-url http://localhost:9/ --dry\t",
    "<sync><--endpoint-url><http://localhost:9/><--dry-run>",
  ],
  ["~/bin/flatbed help perm\t", "<help><permissions>"],
  ["flatbed bogus \tx", "<bogus><x>"],
];

/** Whether a program is on the PATH. */
async function isThere(program: string): Promise<boolean> {
  try {
    await new Deno.Command(program, {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A test of a shell, or one that says by its name why it is skipped. */
async function testShell(
  name: string,
  programs: readonly string[],
  fn: () => Promise<void>,
): Promise<void> {
  if (Deno.build.os !== "linux") return;
  for (const program of programs) {
    if (await isThere(program)) continue;
    Deno.test({
      name: `${name}: skipped, ${program} not found`,
      ignore: true,
      fn() {},
    });
    return;
  }
  Deno.test(name, fn);
}

await testShell(
  "flatbed completions bash completes what is typed into bash",
  ["script", "bash"],
  async () => {
    await using folder = await makeHome();
    assertEquals(
      await typeInto(folder, "bash --norc --noprofile -i", [
        'eval "$(flatbed completions bash)"',
        ...TYPED.map(([typed]) => typed),
        "flatbed sync --out my\t",
        "flatbed sync --out=my\t",
      ]),
      [
        ...TYPED.map(([, called]) => called),
        "<sync><--out><my data/>",
        "<sync><--out=my data/>",
      ],
    );
  },
);

const ZSH = "autoload -Uz compinit && compinit -u -D";

await testShell(
  "flatbed completions zsh completes what is typed into zsh",
  ["script", "zsh"],
  async () => {
    await using folder = await makeHome();
    assertEquals(
      await typeInto(folder, "zsh -f -i", [
        `${ZSH}; eval "$(flatbed completions zsh)"`,
        ...TYPED.map(([typed]) => typed),
        "flatbed sync --out my\t",
        "flatbed sync --out=my\t",
      ]),
      [
        ...TYPED.map(([, called]) => called),
        "<sync><--out><my data>",
        "<sync><--out=my data>",
      ],
    );
  },
);

await testShell(
  "flatbed completions zsh is also a file that zsh loads by itself, for another name",
  ["script", "zsh"],
  async () => {
    await using folder = await makeHome("fb");
    const { stdout } = await runFlatbed([
      "completions",
      "zsh",
      "--name",
      "fb",
    ]);
    await Deno.writeTextFile(`${folder.path}/_fb`, stdout);
    assertEquals(
      await typeInto(folder, "zsh -f -i", [
        `fpath=(~ $fpath); ${ZSH}`,
        "fb sy\t",
        "fb keys crypto_d\t",
      ]),
      ["<sync>", "<keys><crypto_daily>"],
    );
  },
);

await testShell(
  "flatbed completions fish offers words with their descriptions, and paths",
  ["fish"],
  async () => {
    await using folder = await makeHome();
    const offered = async (typed: string) => {
      const { stdout, stderr } = await runIn(folder, [
        "fish",
        "--no-config",
        "-c",
        'flatbed completions fish | source; complete -C"$argv[1]"',
        typed,
      ]);
      assertEquals(stderr, "");
      return stdout.trimEnd().split("\n");
    };
    for (
      const [typed, ...lines] of [
        ["flatbed sy", "sync\tkeep a folder complete"],
        [
          "flatbed keys --from=2024-11-29",
          "--from=2024-11-29\tFriday, early close",
        ],
        [
          "flatbed keys 'crypto_d",
          "crypto_daily\tsince 2013-11-01, 12.0 kB a day",
        ],
        [
          "flatbed keys crypto_daily crypto_minute crypto_",
          "crypto_trades\tsince 2013-11-01, 35.0 MB a day",
          "crypto_*\t3 data types",
        ],
        [
          "flatbed calendar 2019-1",
          "2019-12\tDecember",
          "2019-11\tNovember",
          "2019-10\tOctober",
        ],
        ["flatbed sync --out ", "bin/", "my data/"],
        ["flatbed sync --out=my", "--out=my data/"],
        ["flatbed sync --config=fi", "--config=file.json"],
        [
          "~/bin/flatbed help perm",
          "permissions\twhich of Deno's permissions each command needs",
        ],
        ["flatbed bogus ", ""],
      ]
    ) {
      assertEquals({ typed, lines: await offered(typed ?? "") }, {
        typed,
        lines,
      });
    }
  },
);

await testShell(
  "flatbed completions powershell offers words with their descriptions",
  ["pwsh"],
  async () => {
    await using folder = await makeHome();
    const { stdout } = await runIn(folder, [
      "pwsh",
      "-NoProfile",
      "-NonInteractive",
      "-Command",
      `flatbed completions powershell | Out-String | Invoke-Expression
foreach ($line in 'flatbed sy', 'flatbed keys crypto_', 'flatbed help ex') {
  (TabExpansion2 $line $line.Length).CompletionMatches |
    ForEach-Object { "$($_.CompletionText)|$($_.ToolTip)" }
}`,
    ]);
    assertEquals(stdout.trimEnd().split(/\r?\n/), [
      "sync|keep a folder complete",
      "crypto_daily|since 2013-11-01, 12.0 kB a day",
      "crypto_minute|since 2013-11-01, 2.25 MB a day",
      "crypto_trades|since 2013-11-01, 35.0 MB a day",
      "'crypto_*'|3 data types",
      "exit-codes|what the exit codes mean",
    ]);
  },
);
