import { DatabaseSync } from "node:sqlite";
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { MirrorDamagedError } from "../../src/mirror/mod.ts";
import { runFlatbed } from "../support/deno_command.ts";
import { DATES, manifestRows, type Setup, setUp, WEEK } from "./_mirror.ts";

const MANIFEST = ".flatbed/manifest.sqlite";

async function synced(): Promise<Setup> {
  const setup = await setUp();
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan(WEEK));
  setup.requests();
  return setup;
}

function change(folder: string, sql: string): void {
  using db = new DatabaseSync(`${folder}/${MANIFEST}`);
  db.exec("PRAGMA ignore_check_constraints = ON");
  db.exec(sql);
}

/** What nobody has written, in one row. */
const IMPOSSIBLE = [
  "UPDATE files SET date = '2024-13-45' WHERE date = '2024-01-03'",
  "UPDATE files SET date = 'x' WHERE date = '2024-01-03'",
  "UPDATE files SET data_type = 'nonsense' WHERE date = '2024-01-03'",
  "UPDATE files SET data_type = 'forex_daily' WHERE date = '2024-01-03'",
  "UPDATE files SET form = 'packed' WHERE date = '2024-01-03'",
  "UPDATE files SET key = '../' || key WHERE date = '2024-01-03'",
  "UPDATE files SET size = -1 WHERE date = '2024-01-03'",
  "UPDATE files SET bytes = 9223372036854775807 WHERE date = '2024-01-03'",
  "UPDATE files SET mtime = 9000000000000000 WHERE date = '2024-01-03'",
  "UPDATE files SET verified_at = -9223372036854775808 WHERE date = '2024-01-03'",
  "UPDATE files SET proof = 'faith' WHERE date = '2024-01-03'",
  "UPDATE files SET gzip = '' WHERE date = '2024-01-03'",
] as const;

Deno.test("Mirror says that a manifest with an impossible value is damaged, and a rebuild mends it", async () => {
  for (const sql of IMPOSSIBLE) {
    await using setup = await synced();
    const rows = manifestRows(setup.folder.path);
    change(setup.folder.path, sql);
    for (const readOnly of [true, false]) {
      const error = await assertRejects(
        async () => {
          await using mirror = await setup.open({ readOnly });
          mirror.entries();
          await mirror.coverage();
        },
        MirrorDamagedError,
        "; a rebuild makes it anew",
        sql,
      );
      assertEquals(error.reason, "unreadable");
    }
    await using mirror = await setup.open({ replaceDamaged: true });
    const report = await mirror.verify({ mode: "full", rebuild: true });
    // SQLite's own check finds some: then all of it is made anew.
    const isChecked = /SET (form|proof|gzip)/.test(sql);
    assertEquals(report.adopted, isChecked ? 4 : 1, sql);
    assertEquals(report.problems, []);
    assertEquals(
      manifestRows(setup.folder.path).map(({ sha256 }) => sha256),
      rows.map(({ sha256 }) => sha256),
    );
  }
});

Deno.test("Mirror forgets impossible readable ranges, arrivals and accepted days in a rebuild", async () => {
  await using setup = await synced();
  change(
    setup.folder.path,
    `INSERT INTO floors VALUES ('stocks_daily', 'readable', 'soon', '2024-01-08', 1, NULL);
     INSERT INTO arrivals VALUES ('/etc/passwd', 'stored', 1, '', NULL, NULL, 0);
     INSERT INTO accepted_holes VALUES ('stocks_daily', '2024-02-31', 0);
     INSERT INTO accepted_holes VALUES ('stocks_daily', '2024-02-05', 0);`,
  );
  {
    await using mirror = await setup.open();
    await assertRejects(
      () => mirror.verify({ mode: "quick" }),
      MirrorDamagedError,
    );
    await assertRejects(() => mirror.coverage(), MirrorDamagedError);
  }
  await using mirror = await setup.open({ replaceDamaged: true });
  const report = await mirror.verify({ mode: "quick", rebuild: true });
  assertEquals([report.checked, report.problems], [4, []]);
  assertEquals(
    manifestRows(
      setup.folder.path,
      "SELECT date FROM accepted_holes UNION SELECT date FROM floors UNION SELECT key FROM arrivals",
    ),
    [{ date: "2024-02-05" }],
  );
});

Deno.test("flatbed status says of an impossible date that the mirror is damaged, and what to do", async () => {
  await using setup = await synced();
  change(setup.folder.path, IMPOSSIBLE[1]);
  for (const args of [["status"], ["missing"], ["verify"]]) {
    const { code, stderr } = await runFlatbed([
      ...args,
      "--out",
      setup.folder.path,
    ]);
    assertEquals(code, 1);
    assertMatch(stderr, /it is damaged \((last_)?date is "x"\)/);
    assertStringIncludes(stderr, "'flatbed verify --rebuild' does that");
  }
});

for (
  const [what, lose] of [
    ["removed", (folder: string) => {
      Deno.removeSync(`${folder}/${MANIFEST}`);
    }],
    ["removed with its folder", (folder: string) => {
      Deno.removeSync(`${folder}/.flatbed`, { recursive: true });
    }],
    ["replaced by a folder", (folder: string) => {
      Deno.removeSync(`${folder}/${MANIFEST}`);
      Deno.mkdirSync(`${folder}/${MANIFEST}`);
    }],
    ["replaced by another file", (folder: string) => {
      Deno.writeTextFileSync(`${folder}/other`, "x");
      Deno.renameSync(`${folder}/other`, `${folder}/${MANIFEST}`);
    }],
    ["replaced by an older copy", (folder: string) => {
      Deno.copyFileSync(`${folder}/${MANIFEST}`, `${folder}/older`);
      Deno.renameSync(`${folder}/older`, `${folder}/${MANIFEST}`);
    }],
  ] as const
) {
  Deno.test({
    name: `Mirror.sync() notices that the manifest was ${what}`,
    ignore: Deno.build.os === "windows", // an open file cannot be removed there
    async fn() {
      for (const moment of ["start", "fetched"] as const) {
        await using setup = await setUp();
        {
          await using mirror = await setup.open();
          const plan = await mirror.plan(WEEK);
          let left = moment === "start" ? 1 : DATES.length;
          const error = await assertRejects(
            () =>
              mirror.sync(plan, {
                maxConcurrent: 1,
                onEvent({ code }) {
                  // The last one is in the manifest already.
                  if (code === moment && --left === 0) {
                    lose(setup.folder.path);
                  }
                },
              }),
            MirrorDamagedError,
          );
          assertEquals(error.reason, "replaced");
        }
        // What was fetched is not fetched again.
        setup.requests();
        await using mirror = await setup.open({ replaceDamaged: true });
        const { adopted } = await mirror.verify({
          mode: "quick",
          rebuild: true,
        });
        const { counts } = await mirror.plan(WEEK);
        assertEquals(counts.present, DATES.length - counts.new);
        if (moment === "fetched" && !what.endsWith("copy")) {
          assertEquals([adopted, counts.new], [DATES.length, 0]);
        }
      }
    },
  });
}
