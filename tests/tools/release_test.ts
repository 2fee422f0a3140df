import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TARGETS } from "../../tools/compile.ts";
import {
  changelogSections,
  disagreements,
  imageDisagreement,
  readChangelog,
} from "../../tools/release_check.ts";
import { releaseNotes } from "../../tools/release_notes.ts";
import { startTime, tryBinary } from "../../tools/release_trial.ts";
import { ROOT, runDeno } from "../support/deno_command.ts";

const CHANGELOG = `# Changelog

## [Unreleased]

## [0.2.0] - 2026-11-20

### Added

- Something new.

## [0.1.0] - 2026-10-01

- The first one.
`;

Deno.test("changelogSections() finds each version with its date and what changed", () => {
  const sections = [
    { version: "Unreleased", date: undefined, body: "" },
    {
      version: "0.2.0",
      date: "2026-11-20",
      body: "### Added\n\n- Something new.",
    },
    { version: "0.1.0", date: "2026-10-01", body: "- The first one." },
  ];
  assertEquals(changelogSections(CHANGELOG), sections);
  const fromWindows = CHANGELOG.replaceAll("\n", "\r\n");
  assertEquals(changelogSections(fromWindows), sections);
});

Deno.test("disagreements() finds none where tag, deno.json and changelog agree", () => {
  assertEquals(disagreements("v0.2.0", "0.2.0", CHANGELOG), []);
});

Deno.test("imageDisagreement() tells that jobs would name the image of another repository", () => {
  const image = "ghcr.io/somebody/flatbed:0.1.0";
  assertEquals(imageDisagreement("somebody/flatbed", image), undefined);
  assertEquals(imageDisagreement(undefined, image), undefined);
  assertEquals(
    imageDisagreement("another/flatbed", image),
    "src/cli/cluster/image.ts has jobs use 'ghcr.io/somebody/flatbed', and this repository publishes 'ghcr.io/another/flatbed'",
  );
});

Deno.test("disagreements() tells each way in which a release is not ready", () => {
  for (
    const [tag, version, changelog, sentence] of [
      [
        "v0.3.0",
        "0.2.0",
        CHANGELOG,
        "The tag is 'v0.3.0', and the version in deno.json '0.2.0': the tag of that version is 'v0.2.0'",
      ],
      [
        "0.2.0",
        "0.2.0",
        CHANGELOG,
        "The tag is '0.2.0', and the version in deno.json '0.2.0': the tag of that version is 'v0.2.0'",
      ],
      [
        "v0.3.0",
        "0.3.0",
        CHANGELOG,
        "CHANGELOG.md has no section '## [0.3.0] - YYYY-MM-DD': give what is under '## [Unreleased]' that heading",
      ],
      [
        "v0.1.0",
        "0.1.0",
        CHANGELOG,
        "The newest version in CHANGELOG.md is '0.2.0', not '0.1.0'",
      ],
      [
        "v0.2.0",
        "0.2.0",
        CHANGELOG.replace(" - 2026-11-20", ""),
        "CHANGELOG.md has no date for version '0.2.0': its heading is '## [0.2.0] - YYYY-MM-DD'",
      ],
      [
        "v0.2.0",
        "0.2.0",
        CHANGELOG.replace("2026-11-20", "2026-02-30"),
        "CHANGELOG.md has no date for version '0.2.0': its heading is '## [0.2.0] - YYYY-MM-DD'",
      ],
      [
        "v0.2.0",
        "0.2.0",
        CHANGELOG.replace("### Added\n\n- Something new.", ""),
        "CHANGELOG.md does not say what is in version '0.2.0'",
      ],
    ] as const
  ) assertEquals(disagreements(tag, version, changelog), [sentence]);
});

Deno.test("release_check.ts refuses a tag that is not this version's", async () => {
  const { code, stdout, stderr } = await runDeno(
    ["run", "-A", "tools/release_check.ts", "v999.0.0"],
  );
  assertEquals([code, stdout], [1, ""]);
  assert(stderr.includes("The tag is 'v999.0.0', "), stderr);
});

Deno.test("CHANGELOG.md keeps to its format, and says what this version holds", async () => {
  const changelog = await readChangelog();
  const sections = changelogSections(changelog);
  const config = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  // Every second-level heading is one: none is lost for a slip of the pen.
  assertEquals(sections.length, changelog.match(/^## /gm)?.length);
  assert(
    sections.some(({ version, body }) =>
      ["Unreleased", config.version].includes(version) && body !== ""
    ),
  );
  for (const { body } of sections) {
    for (const [, kind = ""] of body.matchAll(/^### (.+)$/gm)) {
      assert(
        ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
          .includes(kind),
        kind,
      );
    }
  }
});

Deno.test("releaseNotes() says what is new, and each binary's size and start", () => {
  const trials = TARGETS.map((target, index) => ({
    target,
    size: 100_400_000 + index * 1_000_000,
    startsIn: 40.4 + index,
  }));
  const notes = releaseNotes(
    "0.2.0",
    CHANGELOG,
    trials.toReversed(),
    "me/mine",
  );
  assert(notes.startsWith("### Added\n\n- Something new.\n\n## Binaries\n"));
  assert(!notes.includes("The first one"));
  assertEquals(notes.split("\n").filter((line) => line.includes("flatbed-")), [
    "| `flatbed-0.2.0-x86_64-unknown-linux-gnu` | 100 MB | 40 ms |",
    "| `flatbed-0.2.0-aarch64-unknown-linux-gnu` | 101 MB | 41 ms |",
    "| `flatbed-0.2.0-x86_64-apple-darwin` | 102 MB | 42 ms |",
    "| `flatbed-0.2.0-aarch64-apple-darwin` | 103 MB | 43 ms |",
    "| `flatbed-0.2.0-x86_64-pc-windows-msvc.exe` | 104 MB | 44 ms |",
    "| `flatbed-0.2.0-aarch64-pc-windows-msvc.exe` | 105 MB | 45 ms |",
  ]);
  assert(notes.includes("gh attestation verify FILE --repo me/mine"));
  assertThrows(
    () => releaseNotes("0.2.0", CHANGELOG, trials.slice(1), "me/mine"),
    Error,
    "The binary for x86_64-unknown-linux-gnu was not tried",
  );
});

Deno.test("tryBinary() refuses what is no flatbed of this version", async () => {
  await assertRejects(
    () => tryBinary([Deno.execPath()]),
    Error,
    `'--version' wrote 'deno ${Deno.version.deno}`,
  );
});

Deno.test("startTime() measures whole starts", async () => {
  const before = performance.now();
  const median = await startTime([Deno.execPath()]);
  const all = performance.now() - before;
  assert(median > 0 && median * 11 < all, `${median} of ${all}`);
});
