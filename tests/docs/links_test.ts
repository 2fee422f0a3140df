import { assert, assertEquals } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { ROOT } from "../support/deno_command.ts";
import {
  codeSpans,
  commandsOf,
  type Document,
  readDocument,
  tableRows,
} from "./_document.ts";
import { isWindows, makeWorkplace, readTasks } from "./_workplace.ts";

/** The project's documents, but for those of the bench and of the folders' own. */
const documents = new Map<string, Document>();
for (const folder of ["", "docs/"]) {
  for await (const { name } of Deno.readDir(new URL(folder, ROOT))) {
    if (!name.endsWith(".md")) continue;
    documents.set(folder + name, await readDocument(folder + name));
  }
}

/** The names that GitHub gives headings; the second one of a kind has a number. */
function anchorsOf({ headings }: Document): string[] {
  const counts = new Map<string, number>();
  return headings.map((heading) => {
    const anchor = heading.toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** Where a text's links lead, pictures included. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = ""]) => link);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

Deno.test("the documents are those that a reader looks for", () => {
  for (const name of ["README.md", "CONTRIBUTING.md", "SECURITY.md"]) {
    assert(documents.has(name), name);
  }
  for (
    const name of [
      "library",
      "command-line",
      "files",
      "read-it",
      "permissions",
      "faults",
      "cookbook",
      "from-python",
      "from-aws-s3-sync",
      "from-rclone",
    ]
  ) {
    assert(documents.has(`docs/${name}.md`), name);
  }
});

for (const [name, { prose, blocks }] of documents) {
  Deno.test(`${name}: each link leads somewhere`, async () => {
    const broken: string[] = [];
    for (const link of linksOf(prose)) {
      if (/^(https:|mailto:)/.test(link)) continue;
      const [path = "", anchor] = link.split("#");
      const target = path === ""
        ? name
        : new URL(path, new URL(name, ROOT)).href.slice(ROOT.href.length);
      if (!await isThere(target)) broken.push(link);
      if (anchor === undefined) continue;
      const document = documents.get(target);
      const there = document === undefined ? [] : anchorsOf(document);
      if (!there.includes(anchor)) broken.push(link);
    }
    assertEquals(broken, []);
  });

  Deno.test(`${name}: each file of the project that it names is there`, async () => {
    const paths = [...codeSpans(prose), ...blocks.map(({ code }) => code)]
      .flatMap((text) =>
        text.match(
          /(?<![\w./-])(src|tests|tools|docs|examples|bench)\/[\w./-]*/g,
        ) ?? []
      );
    const broken: string[] = [];
    for (const path of paths) if (!await isThere(path)) broken.push(path);
    assertEquals(broken, []);
  });

  Deno.test(`${name}: each task that it names is there`, async () => {
    const text = [prose, ...blocks.map(({ code }) => code)].join("\n");
    const tasks = await readTasks();
    for (const [, task = ""] of text.matchAll(/deno task ([a-z][a-z:]*)/g)) {
      assert(tasks[task] !== undefined, task);
    }
  });
}

Deno.test({
  name:
    "docs/command-line.md has each command, and the documents name no command and no option that is not there",
  ignore: isWindows,
  async fn() {
    await using server = startDemoServer();
    await using place = await makeWorkplace(server);
    const { text } = await place.run("flatbed --help");
    const [, list = ""] = /\nCommands:\n((?: .*\n)*)/.exec(text) ?? [];
    const names = [...list.matchAll(/^ {2}([a-z]+)/gm)]
      .map(([, name = ""]) => name);
    const reference = documents.get("docs/command-line.md");
    assert(reference !== undefined);
    const rows = tableRows(reference, "command");
    assertEquals(
      rows.map(([cell = ""]) => codeSpans(cell)[0]?.split(" ")[1]).toSorted(),
      names.toSorted(),
    );

    const help = new Map<string, string>();
    for (const name of names) {
      help.set(name, (await place.run(`flatbed ${name} --help`)).text);
    }
    // Behind the options of an engine come those of a sync.
    const engines = ["slurm", "kubernetes", "batch"].map(async (engine) =>
      (await place.run(`flatbed cluster ${engine} --help`)).text
    );
    help.set(
      "cluster",
      [...await Promise.all(engines), help.get("sync")].join("\n"),
    );
    const unknown: string[] = [];
    const look = (where: string, name: string, code: string) => {
      for (const [option] of code.matchAll(/(?<= |^)--[a-z-]+/g)) {
        const isKnown = help.get(name)?.match(/(?<= )--[a-z-]+/g)
          ?.includes(option);
        if (!isKnown) unknown.push(`${where}: ${name} ${option}`);
      }
    };
    for (const [where, document] of documents) {
      const shell = document.blocks.filter(({ language }) =>
        language === "sh" || language === "cron"
      ).flatMap(commandsOf);
      for (const code of [...codeSpans(document.prose), ...shell]) {
        const [, name, rest = ""] =
          /(?<![^\s(])(?<!-n )flatbed ([a-z]+)([^|>]*)/.exec(code) ?? [];
        if (name === undefined) continue;
        if (!help.has(name)) unknown.push(`${where}: ${code}`);
        look(where, name, rest);
      }
    }
    for (const row of rows) {
      const [command = "", ...spans] = row.flatMap(codeSpans);
      for (const span of spans) {
        look(reference.name, command.split(" ")[1] ?? "", span);
      }
    }
    assertEquals(unknown, []);
  },
});
