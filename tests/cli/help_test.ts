import { SHARD_VARIABLES } from "../../src/cli/shard/auto_shard.ts";
import { OUT_VARIABLES } from "../../src/cli/out_options.ts";
import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { DATASETS, S3Catalog } from "../../src/catalog/mod.ts";
import { CONFIGURATION_FIELDS } from "../../src/cli/configuration.ts";
import {
  CREDENTIAL_SOURCES,
  readEnvironment,
} from "../../src/cli/credentials.ts";
import { ExitCode } from "../../src/cli/exit_code.ts";
import { makeProgram } from "../../src/cli/program.ts";
import { type Section, TOPICS } from "../../src/cli/mod.ts";
import { ROOT, runDeno, runFlatbed } from "../support/deno_command.ts";

const CLI = new URL("cli.ts", ROOT).pathname;
const PROGRAM = await makeProgram([], () => {});

function sectionsOf(name: string): Promise<readonly Section[]> {
  const topic = TOPICS.find((topic) => topic.name === name);
  assert(topic !== undefined, name);
  return topic.load(PROGRAM);
}

/** The terms and texts of all lists of a topic. */
async function itemsOf(
  name: string,
): Promise<(readonly [term: string, text: string])[]> {
  const sections = await sectionsOf(name);
  return sections.flatMap((section) =>
    typeof section === "string" ? [] : section
  );
}

Deno.test("flatbed help without arguments is --help, and lists the topics", async () => {
  const [help, option] = await Promise.all([
    runFlatbed(["help"]),
    runFlatbed(["--help"]),
  ]);
  assertEquals(help, option);
  assertEquals(help.code, 0);
  for (const { name, summary } of TOPICS) {
    assert(
      help.stdout.split("\n").some((line) =>
        line.startsWith(`  ${name} `) && line.endsWith(`  ${summary}`)
      ),
      name,
    );
  }
});

Deno.test("flatbed help <command> is <command> --help", async () => {
  for (const name of ["sync", "completions", "help"]) {
    const help = await runFlatbed(["help", name]);
    assertStringIncludes(help.stdout, `Usage: flatbed ${name} `);
    assertEquals(help, await runFlatbed([name, "--help"]));
  }
});

Deno.test("flatbed help <topic> needs no permission, and keeps to the width of a terminal", async () => {
  for (const { name, summary } of TOPICS) {
    const { code, stdout, stderr } = await runDeno([
      "run",
      "--no-prompt",
      CLI,
      "help",
      name,
    ]);
    assertEquals({ name, code, stderr }, { name, code: 0, stderr: "" });
    assertEquals(stdout.split("\n", 1), [`${name}: ${summary}`]);
    for (const line of stdout.split("\n")) {
      // What is one word cannot be broken.
      assert(line.length <= 88 || !line.trim().includes(" "), line);
    }
    const words = (text: string) => text.replaceAll(/\s+/g, " ");
    for (const section of await sectionsOf(name)) {
      for (const text of [section].flat(2)) {
        assertStringIncludes(words(stdout), words(text));
      }
    }
  }
});

Deno.test("flatbed help names the nearest where there is no such command or topic", async () => {
  const cases: [string, string][] = [
    ["permision", "; did you mean permissions?"],
    ["lyaout", "; did you mean layout?"],
    ["sink", "; did you mean sync?"],
    ["exitcodes", "; did you mean exit-codes?"],
    ["download", "; did you mean get or sync?"],
    ["frobnicate", ""],
    ["x", ""],
  ];
  for (const [name, hint] of cases) {
    assertEquals(await runFlatbed(["help", name]), {
      code: 2,
      stdout: "",
      stderr:
        `flatbed: There is no command or topic '${name}'${hint}\n'flatbed help' shows the commands\n`,
    });
  }
});

Deno.test("the topic exit-codes has every exit code, and so has --help", async () => {
  const items = await itemsOf("exit-codes");
  assertEquals(
    items.map(([code]) => Number(code)),
    Object.values(ExitCode),
  );
  const { stdout } = await runFlatbed(["--help"]);
  assertStringIncludes(
    stdout.replaceAll("\n", " "),
    `Exit codes: ${items.map((item) => item.join(" ")).join(", ")}.`,
  );
});

Deno.test("the topic environment has the variables that are read, and no others", async () => {
  const text = (await itemsOf("environment")).flat().join(" ");
  const named = new Set(text.match(/\b[A-Z]+_[A-Z_]+\b/g));
  const read = new Set<string>();
  for (const source of CREDENTIAL_SOURCES) {
    readEnvironment((name) => {
      read.add(name);
      return name.startsWith(source) ? "made-up" : undefined;
    });
  }
  for (const { options } of PROGRAM.commands) {
    for (const { envVar } of options) if (envVar) read.add(envVar);
  }
  // Whom they belong to is said in the topic: the AWS credentials file, a firm's network, Deno.
  const others = [
    "ALL_PROXY",
    "AWS_CA_BUNDLE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "DENO_CERT",
    "DENO_TLS_CA_STORE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_COLOR",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "XDG_CONFIG_HOME",
    ...SHARD_VARIABLES,
    ...Object.values(OUT_VARIABLES),
  ];
  assertEquals([...named].toSorted(), [...read, ...others].toSorted());
  assertEquals(await filesThatReadTheEnvironment(), [
    "src/cli/credentials.ts",
    "src/store/http_client.ts",
    "src/store/read_variable.ts",
  ]);
});

/** The modules whose code, not their examples, asks for a variable by itself. */
async function filesThatReadTheEnvironment(): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string) => {
    for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory) await visit(`${path}/`);
      else {
        const source = await Deno.readTextFile(new URL(path, ROOT));
        const code = source.replaceAll(/^\s*(\/\/|\*).*$/gm, "");
        if (/\b(Deno|process)\.env\b/.test(code)) found.push(path);
      }
    }
  };
  await visit("src/");
  return found;
}

Deno.test("the topic layout has a real key for every root, in both layouts where they differ", async () => {
  const keys = (await itemsOf("layout")).flat()
    .filter((text) => text.endsWith(".csv.gz"));
  const catalog = new S3Catalog();
  const roots = new Set(DATASETS.map(({ prefix }) => prefix.split("/")[0]));
  for (const root of [...roots, "us_options"]) {
    const key = keys.find((key) => key.startsWith(`${root}/`));
    assert(key !== undefined && catalog.validateKey(key), root);
  }
  for (const [dataType, key] of await itemsOf("layout")) {
    if (!DATASETS.some(({ id }) => id === dataType)) continue;
    assertEquals(catalog.parseKeyMetadata(key).dataType, dataType);
  }
});

Deno.test("the topic configuration has every field with what the schema says of it", async () => {
  const { properties } = JSON.parse(
    await Deno.readTextFile(new URL("flatbed.schema.json", ROOT)),
  );
  const items = await itemsOf("configuration");
  assertEquals(items.map(([name]) => name), [...CONFIGURATION_FIELDS]);
  for (const [name, text] of items) {
    const { description, default: usual } = properties[name];
    assertStringIncludes(text, description.slice(0, -1));
    assertEquals(text.includes(`(default: ${usual})`), usual !== undefined);
  }
});

Deno.test("the topic permissions has the rows of the document's table, and nothing that it does not say", async () => {
  const document = await Deno.readTextFile(
    new URL("docs/permissions.md", ROOT),
  );
  const blocks = document.replaceAll("`", "").trim().split("\n\n");
  const table = blocks.find((block) => block.startsWith("|")) ?? "";
  assertEquals(
    table.split("\n").slice(2)
      .map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim())),
    (await itemsOf("permissions")).map((row) => [...row]),
  );
  const paragraphs = blocks.map((block) => block.replaceAll("\n", " "));
  for (const one of await sectionsOf("permissions")) {
    if (typeof one === "string") assert(paragraphs.includes(one), one);
  }
});

Deno.test("flatbed help tells nothing of a command that is hidden", async () => {
  const { stdout } = await runFlatbed(["help"]);
  assertFalse(/^ {2}complete /m.test(stdout));
});
