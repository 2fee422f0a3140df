import { assertEquals } from "@std/assert";
import { ROOT } from "../support/deno_command.ts";
import { readDocument } from "./_document.ts";

/** An import of one room by another. */
interface RoomImport {
  file: string;
  from: string;
  to: string;
  /** What is imported, from the other room's folder on. */
  module: string;
}

const SRC = new URL("src/", ROOT);

async function* modulesIn(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* modulesIn(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}

/** The imports that lead from one room of src/ to another, types and those at run time included. */
async function importsBetweenRooms(): Promise<RoomImport[]> {
  const found: RoomImport[] = [];
  for await (const file of modulesIn(SRC)) {
    const code = (await Deno.readTextFile(file))
      .replaceAll(/^\s*(\*|\/\/|\/\*\*).*$/gm, ""); // examples import as users do
    for (
      const [, specifier = ""] of code.matchAll(
        /\b(?:from|import|new URL)\s*\(?\s*"(\.\.?\/[^"]+)"/g,
      )
    ) {
      const path = new URL(specifier, file).href;
      if (!path.startsWith(SRC.href)) continue;
      const [to = "", ...module] = path.slice(SRC.href.length).split("/");
      const name = file.href.slice(SRC.href.length);
      const [from = ""] = name.split("/");
      if (from !== to) {
        found.push({ file: name, from, to, module: module.join("/") });
      }
    }
  }
  return found;
}

/** The arrows of the picture in CONTRIBUTING.md, from each room. */
async function readArrows(): Promise<Map<string, string[]>> {
  const { blocks } = await readDocument("CONTRIBUTING.md");
  const picture = blocks.find(({ language }) => language === "mermaid");
  const arrows = new Map<string, string[]>();
  for (
    const [, from = "", to = ""] of picture?.code.matchAll(
      /^ *(\w+) --> (\w+)$/gm,
    ) ?? []
  ) {
    arrows.set(from, [...arrows.get(from) ?? [], to]);
  }
  return arrows;
}

/** The rooms that arrows lead to from a room, over others as well. */
function below(arrows: Map<string, string[]>, room: string): Set<string> {
  const next = arrows.get(room) ?? [];
  return new Set(next.flatMap((to) => [to, ...below(arrows, to)]));
}

Deno.test("a room of src/ imports only from rooms that the picture's arrows lead to", async () => {
  const arrows = await readArrows();
  const imports = await importsBetweenRooms();
  assertEquals(
    imports.filter(({ from, to }) => !below(arrows, from).has(to)),
    [],
  );
  // And the picture has no arrow that nothing follows.
  const followed = new Set(imports.map(({ from, to }) => `${from} ${to}`));
  assertEquals(
    [...arrows].flatMap(([from, targets]) =>
      targets.map((to) => `${from} ${to}`)
    ).filter((arrow) => !followed.has(arrow)),
    [],
  );
});

Deno.test("the picture has each room of src/", async () => {
  const arrows = await readArrows();
  const drawn = new Set([...arrows].flatMap(([from, to]) => [from, ...to]));
  const rooms = await Array.fromAsync(Deno.readDir(SRC), ({ name }) => name);
  assertEquals([...drawn].toSorted(), rooms.toSorted());
});

Deno.test("a room of src/ is entered through its mod.ts", async () => {
  const imports = await importsBetweenRooms();
  assertEquals(imports.filter(({ module }) => module !== "mod.ts"), []);
});

Deno.test("only src/store imports the AWS SDK, and only src/cli writes to the terminal or ends the process", async () => {
  const rules: [room: string, what: RegExp][] = [
    ["store", /from "@aws-sdk\/|import\("@aws-sdk\//],
    ["cli", /\bconsole\.\w+\(|Deno\.(stdout|stderr|exit)\b/],
  ];
  const broken: string[] = [];
  for await (const file of modulesIn(SRC)) {
    const name = file.href.slice(SRC.href.length);
    const code = (await Deno.readTextFile(file))
      .replaceAll(/^\s*(\*|\/\/|\/\*\*).*$/gm, "");
    for (const [room, what] of rules) {
      if (!name.startsWith(`${room}/`) && what.test(code)) broken.push(name);
    }
  }
  assertEquals(broken, []);
});
