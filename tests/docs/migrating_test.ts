import { gzipSync } from "node:zlib";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { dirname } from "node:path";
import { S3Catalog } from "../../src/catalog/mod.ts";
import {
  type DemoServer,
  type RequestRecord,
  startDemoServer,
} from "../../src/demo/mod.ts";
import { AsyncS3Downloader, SyncS3Downloader } from "../../src/download/mod.ts";
import { IntegrityError } from "../../src/base/mod.ts";
import {
  type Block,
  codeSpans,
  outputPattern,
  readDocument,
  tablesOf,
} from "./_document.ts";
import {
  isProgramThere,
  isWindows,
  makeWorkplace,
  type Workplace,
} from "./_workplace.ts";

const fromPython = await readDocument("docs/from-python.md");

/** A class, as far as its names are concerned. */
interface NamedClass {
  readonly name: string;
  readonly prototype: object;
}

/** The classes that the document's first tables are about, and the fields of their objects. */
const CLASSES: readonly [type: NamedClass, fields: readonly string[]][] = [
  [S3Catalog, Object.keys(new S3Catalog())],
  [AsyncS3Downloader, []],
  [SyncS3Downloader, []],
];

/** The public methods of a class, its own ones with its name before them. */
function methodsOf(type: NamedClass): string[] {
  const isMethod = (name: string) =>
    !["constructor", "length", "name", "prototype"].includes(name);
  return [
    ...Object.getOwnPropertyNames(type.prototype).filter(isMethod),
    ...Object.getOwnPropertySymbols(type.prototype)
      .map(({ description }) => `[${description}]`),
    ...Object.getOwnPropertyNames(type).filter(isMethod)
      .map((name) => `${type.name}.${name}`),
  ];
}

/** A name as Python spells it; a class's is the same there. */
function toSnakeCase(name: string): string {
  return name.replaceAll(
    /(?<=[a-z])[A-Z](?=[a-z])/g,
    (letter) => `_${letter.toLowerCase()}`,
  ).replace("S3_catalog.", "S3Catalog.");
}

for (const [index, [type, fields]] of CLASSES.entries()) {
  Deno.test(`docs/from-python.md has each public name of ${type.name}, and no other`, () => {
    const [constructor = [], ...rows] = tablesOf(fromPython)[index]?.rows ?? [];
    assertStringIncludes(constructor[1] ?? "", `new ${type.name}(`);
    const names = rows.map(([python = "", ours = "", difference = ""]) => {
      // What closes an object is a statement in both languages.
      const symbol = /`(\[Symbol\.\w+\])\(\)`/.exec(difference)?.[1];
      if (symbol !== undefined) return symbol;
      const name = (codeSpans(ours)[0] ?? "").replace(/\(.*$/, "");
      // What Python does not have has no name there.
      if (python !== "") assertEquals(codeSpans(python), [toSnakeCase(name)]);
      return name;
    });
    assertEquals(
      names.toSorted(),
      [...methodsOf(type), ...fields].toSorted(),
    );
  });
}

Deno.test({
  name: "docs/from-python.md: its program runs",
  ignore: isWindows,
  async fn() {
    await using server = startDemoServer();
    await using place = await makeWorkplace(server);
    const [program, command, output, ...rest] = fromPython.blocks;
    assert(program && command && output && rest.length === 0);
    await place.write("batch.ts", program.code);
    const { code, text } = await place.run(command.code);
    assertEquals(code, 0, text);
    assertMatch(text, outputPattern(output.code));
  },
});

Deno.test("docs/from-python.md: the stricter checks refuse what they name", async () => {
  assertThrows(() => new S3Catalog().getStocksDailyKey("2024-1-2"), RangeError);
  assertThrows(
    () =>
      S3Catalog.getMissingDates(
        ["2024-01-02", "2024-1-3"],
        "2024-01-01",
        "2024-01-05",
      ),
    RangeError,
  );
  await using server = startDemoServer();
  await using downloader = new AsyncS3Downloader(server.credentials, {
    endpointUrl: server.url,
  });
  for (const body of [new Uint8Array(), new TextEncoder().encode("a,b\n")]) {
    server.objects.set("a.csv.gz", { body });
    await assertRejects(
      () => downloader.downloadOne("flatfiles", "a.csv.gz"),
      IntegrityError,
    );
  }
  server.objects.set("a.csv.gz", { body: gzipSync("") });
  assertEquals(
    await downloader.downloadOne("flatfiles", "a.csv.gz"),
    new Uint8Array(),
  );
  assertEquals(
    Object.keys(downloader.getStatistics()),
    codeSpans(
      tablesOf(fromPython)[1]?.rows.find(([python]) =>
        python === "`get_statistics`"
      )?.[2] ?? "",
    )[0]?.match(/\w+/g) ?? [],
  );
});

const MONTH = ["2024-01-01", "2024-01-31"] as const;
const KEYS = new S3Catalog().getDateRangeKeys("stocks_daily", ...MONTH);

/** Files as other tools leave them: the object's bytes, with the object's time. */
async function fill(folder: string, server: DemoServer): Promise<void> {
  await using downloader = new AsyncS3Downloader(server.credentials, {
    endpointUrl: server.url,
  });
  for (const key of KEYS) {
    const path = `${folder}/${key}`;
    const { lastModified } = await downloader.getObjectInfo("flatfiles", key);
    assert(lastModified !== undefined);
    await Deno.mkdir(dirname(path), { recursive: true });
    const bytes = await downloader.downloadOne("flatfiles", key, {
      decompress: false,
    });
    await Deno.writeFile(path, bytes);
    await Deno.utime(path, lastModified, lastModified);
  }
}

/** The documents about other tools, and what these need to find the service. */
const TOOLS = {
  "aws": {
    document: await readDocument("docs/from-aws-s3-sync.md"),
    env: ({ credentials }: DemoServer) => ({
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_DEFAULT_REGION: "us-east-1",
    }),
  },
  "rclone": {
    document: await readDocument("docs/from-rclone.md"),
    env: ({ credentials, url }: DemoServer) => ({
      RCLONE_CONFIG_MASSIVE_TYPE: "s3",
      RCLONE_CONFIG_MASSIVE_PROVIDER: "Other",
      RCLONE_CONFIG_MASSIVE_ENDPOINT: url,
      RCLONE_CONFIG_MASSIVE_ACCESS_KEY_ID: credentials.accessKeyId,
      RCLONE_CONFIG_MASSIVE_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    }),
  },
};

/** Runs the blocks that adopt a folder, and compares what they print. */
async function adopt(
  place: Workplace,
  [command, output]: readonly Block[],
): Promise<void> {
  assert(command !== undefined && output !== undefined);
  const { code, text } = await place.run(command.code);
  assertEquals(code, 0, text);
  assertMatch(text, outputPattern(output.code));
}

for (const [tool, { document, env }] of Object.entries(TOOLS)) {
  const [filling, ...adopting] = document.blocks;

  Deno.test({
    name: `${document.name}: an existing folder is adopted without a download`,
    ignore: isWindows,
    async fn() {
      const records: RequestRecord[] = [];
      await using server = startDemoServer({
        onRequest: (record) => records.push(record),
      });
      await using place = await makeWorkplace(server);
      await fill(`${place.path}/data`, server);
      records.length = 0;
      await adopt(place, adopting);
      // One listing, and one question whether the plan reaches back so far.
      assertEquals(records.map(({ operation }) => operation), [
        "ListObjectsV2",
        "HeadObject",
      ]);
    },
  });

  Deno.test({
    name: `${document.name}: what ${tool} itself has fetched is adopted`,
    ignore: !isProgramThere(tool),
    async fn() {
      await using server = startDemoServer();
      await using place = await makeWorkplace(server, env(server));
      const { code, text } = await place.run(
        (filling?.code ?? "").replace("https://files.massive.com", server.url),
      );
      assertEquals(code, 0, text);
      await adopt(place, adopting);
    },
  });
}

Deno.test({
  name: "docs/from-aws-s3-sync.md: what is not adopted is fetched",
  ignore: isWindows,
  async fn() {
    const records: RequestRecord[] = [];
    await using server = startDemoServer({
      onRequest: (record) => records.push(record),
    });
    await using place = await makeWorkplace(server);
    const data = `${place.path}/data`;
    await fill(data, server);
    const [cut = "", unpacked = "", replaced = ""] = KEYS;
    await Deno.truncate(`${data}/${cut}`, 100);
    await place.run(`gzip -d data/${unpacked}`);
    const { size } = await Deno.stat(`${data}/${replaced}`);
    server.objects.set(replaced, { body: new Uint8Array(size) });
    await Deno.writeTextFile(`${data}/notes.txt`, "mine");
    records.length = 0;
    const gets = () =>
      records.filter(({ operation }) => operation === "GetObject")
        .map(({ key }) => key).toSorted();
    const [from, to] = MONTH;
    const command =
      `flatbed sync stocks_daily --from ${from} --to ${to} --out data`;
    const planned = await place.run(`${command} --dry-run`);
    assertStringIncludes(
      planned.text,
      "Here already, unknown to the mirror: 20 files;",
    );
    assertEquals(gets(), []);
    const synced = await place.run(command);
    // All zeros are no gzip data: the file is the service's, and damaged there.
    assertEquals(synced.code, 1);
    assertStringIncludes(
      synced.text,
      "fetched 2, replaced 0, present 0, adopted 18, missing 0",
    );
    assertEquals(gets(), [cut, unpacked, replaced]);
    assertEquals(await Deno.readTextFile(`${data}/notes.txt`), "mine");
  },
});

Deno.test({
  name:
    "docs/from-aws-s3-sync.md: a rebuild names what it does not adopt, and fetches nothing",
  ignore: isWindows,
  async fn() {
    const records: RequestRecord[] = [];
    await using server = startDemoServer({
      onRequest: (record) => records.push(record),
    });
    await using place = await makeWorkplace(server);
    const data = `${place.path}/data`;
    await fill(data, server);
    const [cut = "", unpacked = ""] = KEYS;
    await Deno.truncate(`${data}/${cut}`, 100);
    await place.run(`gzip -d data/${unpacked}`);
    await Deno.writeTextFile(`${data}/notes.txt`, "mine");
    records.length = 0;
    const rebuilt = await place.run("flatbed verify --rebuild --out data");
    assertEquals(rebuilt.code, 1);
    assertMatch(rebuilt.text, new RegExp(`^untracked .*${cut}`, "m"));
    assertMatch(rebuilt.text, / 1 not proven, .*; 1 other file ignored /);
    assertEquals(records.map(({ operation }) => operation), ["ListObjectsV2"]);
  },
});
