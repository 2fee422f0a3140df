/**
 * Listings that are wrong, hostile or never end.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import { FlatbedError, ServiceError } from "../../src/base/mod.ts";
import { listingXml, sendObject } from "../support/answers.ts";
import { csv, gzip } from "../support/data.ts";
import { parseLines, runFlatbed } from "../support/deno_command.ts";
import { BUCKET, openDownloader } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import { RawServer } from "../support/raw_server.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

const FOLDER = "us_stocks_sip/day_aggs_v1/2024/01/";
const GOOD = `${FOLDER}2024-01-02.csv.gz`;
const HOSTILE = [
  `${FOLDER}../../../../../../etc/2024-01-03.csv.gz`,
  `${FOLDER}..`,
  "../../etc/passwd",
  "/etc/passwd",
  "//server/share",
  "C:\\Windows\\system.ini",
  `${FOLDER}..\\..\\2024-01-03.csv.gz`,
  `${FOLDER}2024-01-03.csv.gz\0.txt`,
  `${FOLDER}\n2024-01-03.csv.gz`,
  `${FOLDER}2024-01-03.csv.gz\n`,
  `${FOLDER}\x1b[2J\x1b]0;title\x07.csv.gz`,
  `${FOLDER}2024-01-03\u202ezg.vsc`,
  `${FOLDER}2024-01-0３.csv.gz`,
  FOLDER.toUpperCase() + "2024-01-03.csv.gz",
  `${FOLDER}2024-01-03.csv.gz/`,
  `${FOLDER}2024-01-03.csv.gz.part`,
  `${FOLDER}CON`,
  FOLDER + "x".repeat(2000 - FOLDER.length),
];

/** A service that lists a good key among hostile ones, whatever the prefix, and has them all. */
async function serveHostile(): Promise<RawServer> {
  const body = await gzip(csv(1000));
  return new RawServer((request, wire) =>
    request.query.has("list-type")
      ? wire.answer(
        200,
        listingXml([...HOSTILE, GOOD]).replaceAll("\0", "&#0;")
          .replaceAll("\n2024", "&#10;2024").replaceAll(".gz\n", ".gz&#10;")
          // The good key is announced with the size that it has.
          .replaceAll(/<Size>\d+/g, `<Size>${body.length}`),
        { "Content-Type": "application/xml" },
      )
      : sendObject(request, wire, body)
  );
}

function environment(server: RawServer): Record<string, string> {
  return {
    FLATBED_ENDPOINT_URL: server.url,
    FLATBED_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    FLATBED_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
  };
}

Deno.test("AsyncS3Downloader.iterateObjects() gives hostile keys as they are, and its errors show them harmless", async () => {
  await using server = await serveHostile();
  await using downloader = openDownloader(server.url);
  const keys = [];
  for await (const { key } of downloader.iterateObjects(BUCKET, FOLDER)) {
    keys.push(key);
  }
  assertEquals(keys, [...HOSTILE, GOOD]);

  await using refusing = new RawServer((_, wire) => wire.answer(404));
  await using other = openDownloader(refusing.url);
  for (const key of keys) {
    const error = await assertRejects(
      () => other.downloadOne(BUCKET, key),
      Error,
    );
    assertFalse(/[\p{Cc}\p{Cf}]/u.test(error.message), error.message);
  }
});

Deno.test("flatbed ls prints hostile keys so that a terminal obeys none", async () => {
  await using server = await serveHostile();
  const env = environment(server);
  const { code, stdout } = await runFlatbed(["ls", FOLDER], { env });
  assertEquals(code, 0);
  assertEquals(stdout.trimEnd().split("\n").length, HOSTILE.length + 1);
  assertFalse(/[\p{Cc}\p{Cf}]/u.test(stdout.replaceAll("\n", "")), stdout);
  const json = await runFlatbed(["ls", FOLDER, "--json"], { env });
  assertEquals(
    parseLines(json.stdout).map(({ key }) => key),
    [...HOSTILE, GOOD],
  );
});

Deno.test("flatbed get and sync write nothing but what was asked for, whatever the service lists", async () => {
  await using server = await serveHostile();
  const env = environment(server);
  await using folder = await makeFolder();
  const days = ["stocks_daily", "--from", "2024-01-02", "--to", "2024-01-02"];
  for (const command of ["sync", "get"]) {
    const { code, stderr } = await runFlatbed(
      [command, ...days, "--out", `${folder.path}/in/${command}`],
      { env },
    );
    assertEquals(code, 0, stderr);
  }
  const names = await folder.names();
  assertEquals(
    names.filter((name) => !name.includes("/.flatbed/")),
    [`in/get/${GOOD}`, `in/sync/${GOOD}`],
  );
});

/** A listing with this inside it. */
function listing(inside: string): string {
  return listingXml([]).replace("</List", `${inside}</List`);
}

const contents = (inside: string) =>
  listing(`<Contents><Key>a</Key>${inside}</Contents>`);
const entities = Array.from(
  { length: 9 },
  (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
).join("");
const BROKEN: Record<string, [xml: string, says: string]> = {
  "an entity bomb before the listing": [
    listing("<Contents><Key>&e9;</Key><Size>1</Size></Contents>").replace(
      "<ListBucket",
      `<!DOCTYPE x [<!ENTITY e0 "ha">${entities}]><ListBucket`,
    ),
    "the answer is not a listing",
  ],
  "an entity bomb far within the listing": [
    listing(
      `${" ".repeat(5000)}<!doctype x [<!ENTITY e0 "ha">${entities}]>&e9;`,
    ),
    "the answer is not a listing",
  ],
  "an external entity": [
    listing("<Contents><Key>&x;</Key><Size>1</Size></Contents>").replace(
      "<ListBucket",
      '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]><ListBucket',
    ),
    "the answer is not a listing",
  ],
  "an entity that nobody defined": [
    listing("<Contents><Key>&bomb;</Key><Size>1</Size></Contents>"),
    "its XML has an unknown reference &bomb;",
  ],
  "a page of 9 MB": [
    listing(
      `<Contents><Key>${"a".repeat(9e6)}</Key><Size>1</Size></Contents>`,
    ),
    "a page of the listing is larger than 8.39 MB",
  ],
  "tags a million deep": [
    listing("<a>".repeat(1e6) + "</a>".repeat(1e6)),
    "the answer could not be read",
  ],
  "tags that do not match": [
    listing("<Contents><Key>a</Contents></Key>"),
    "the answer could not be read",
  ],
  "a comment without end": [
    listing("<!--".repeat(1e6)),
    "the answer could not be read",
  ],
  "a size below zero": [contents("<Size>-1</Size>"), "a size of '-1' bytes"],
  "a size that is none": [
    contents("<Size>many</Size>"),
    "a size of 'many' bytes",
  ],
  "a size without end": [
    contents("<Size>1e999</Size>"),
    "a size of '1e999' bytes",
  ],
  "no size": [contents(""), "a size of '' bytes"],
  "no key": [
    listing("<Contents><Size>1</Size></Contents>"),
    "the object '' with a size of '1' bytes",
  ],
  "a date that is none": [
    contents("<Size>1</Size><LastModified>whenever</LastModified>"),
    "'a' was changed at 'whenever', which is no time",
  ],
};

for (const [what, [xml, says]] of Object.entries(BROKEN)) {
  Deno.test(`AsyncS3Downloader.iterateObjects() refuses a listing with ${what}`, async () => {
    await using server = new RawServer((_, wire) =>
      wire.answer(200, xml, { "Content-Type": "application/xml" })
    );
    await using downloader = openDownloader(server.url);
    const error = await assertRejects(
      () => Array.fromAsync(downloader.iterateObjects(BUCKET, "pre")),
      ServiceError,
    );
    assertStringIncludes(error.message, "Cannot list 'pre': ");
    assertStringIncludes(error.message, says);
    assertFalse(/[\p{Cc}\p{Cf}]/u.test(error.message), error.message);
    assert(error.message.length < 400, error.message);
    assertEquals(server.requests.length, 1, "it is not asked for again");
  });
}

Deno.test("AsyncS3Downloader.iterateObjects() takes names of every object's own for nothing special", async () => {
  const contents = "<Contents><Key>a</Key><Size>1</Size></Contents>";
  await using server = new RawServer((_, wire) =>
    wire.answer(
      200,
      listing(
        `<__proto__>${contents.replace("a", "b")}</__proto__>` +
          `<constructor><Key>c</Key></constructor>${contents}`,
      ),
    )
  );
  await using downloader = openDownloader(server.url);
  assertEquals(await downloader.listObjects(BUCKET, ""), ["a"]);
  assertFalse("Contents" in {});
});

Deno.test("AsyncS3Downloader.iterateObjects() ends where the service's pages never do", async () => {
  for (
    const [pages, says, requests] of [
      [[["a", "b"]], "the service lists 'a' again", 2],
      [[["a", "b"], ["c"], ["d"]], "the service lists 'a' again", 4],
      [[[]], "100 pages in a row hold nothing", 100],
    ] as const
  ) {
    await using server = new RawServer(({ index }, wire) =>
      wire.answer(
        200,
        listingXml(pages[index % pages.length] ?? [], `token ${index}`),
      )
    );
    await using downloader = openDownloader(server.url);
    await assertRejects(
      () => Array.fromAsync(downloader.iterateObjects(BUCKET, "pre")),
      FlatbedError,
      `Cannot list 'pre': ${says}`,
    );
    assertEquals(server.requests.length, requests);
  }
});

Deno.test("AsyncS3Downloader.iterateObjects() reads characters that are written as numbers", async () => {
  const text = "<Contents><Key>KEY</Key><Size>1</Size></Contents>";
  for (
    const [written, key] of [
      ["&#x1F600;&#128512;&#x10FFFF;", "😀😀\u{10ffff}"],
      ["&#233;&#xe9;&#x20AC;", "éé€"],
      ["a&amp;#x1F600;", "a&#x1F600;"],
    ]
  ) {
    await using server = new RawServer((_, wire) =>
      wire.answer(200, listing(text.replace("KEY", written ?? "")))
    );
    await using downloader = openDownloader(server.url);
    assertEquals(await downloader.listObjects(BUCKET, ""), [key]);
  }
});

Deno.test("AsyncS3Downloader.iterateObjects() goes on behind pages that hold nothing", async () => {
  await using server = new RawServer(({ index }, wire) =>
    wire.answer(
      200,
      index < 5 ? listingXml([], `token ${index}`) : listingXml(["a", "b"]),
    )
  );
  await using downloader = openDownloader(server.url);
  assertEquals(await downloader.listObjects(BUCKET, ""), ["a", "b"]);
});

Deno.test("AsyncS3Downloader takes no redirect's word for where its signature may go", async () => {
  await using elsewhere = new RawServer((_, wire) => wire.answer(200, "x"));
  for (const status of [301, 302, 303, 307, 308]) {
    await using server = new RawServer((_, wire) =>
      wire.answer(status, "", { Location: `${elsewhere.url}/?x=secret` })
    );
    await using downloader = new AsyncS3Downloader(TEST_CREDENTIALS, {
      endpointUrl: server.url,
    });
    for (
      const call of [
        () => downloader.downloadOne(BUCKET, GOOD),
        () => downloader.checkExists(BUCKET, GOOD),
        () => downloader.listObjects(BUCKET, FOLDER),
      ]
    ) {
      await assertRejects(
        call,
        ServiceError,
        `a redirect to '${elsewhere.url}/'`,
      );
    }
  }
  assertEquals(elsewhere.connections, 0);
});
