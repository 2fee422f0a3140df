/**
 * What the linters of ci.yml do not know of the workflows: this project's own rules.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ROOT } from "../support/deno_command.ts";

const FOLDER = new URL(".github/workflows/", ROOT);

/** A job of a workflow, as it is written. */
interface Job {
  name: string;
  text: string;
}

/** The texts of the workflows, by name. */
async function readWorkflows(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const { name } of Deno.readDir(FOLDER)) {
    texts.set(name, await readText(`.github/workflows/${name}`));
  }
  return texts;
}

async function readText(path: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  return text.replaceAll("\r\n", "\n");
}

/** The jobs of a workflow: what is indented by two spaces below `jobs:`. */
function jobsOf(workflow: string): Job[] {
  const [, jobs = ""] = workflow.split(/^jobs:$/m);
  return [...jobs.matchAll(/^ {2}([\w-]+):\n((?: {4}.*\n|\n| {2}#.*\n)+)/gm)]
    .map(([, name = "", text = ""]) => ({ name, text }));
}

Deno.test("the workflows are there, and all their jobs are found", async () => {
  const workflows = await readWorkflows();
  assertEquals([...workflows.keys()].sort(), ["ci.yml", "release.yml"]);
  for (const [name, text] of workflows) {
    const runs = text.match(/^ {4}(runs-on|uses): /gm);
    assertEquals(jobsOf(text).length, runs?.length, name);
  }
});

Deno.test("the workflows pin each action by its commit, with the version beside it", async () => {
  const pins = new Map<string, string>();
  for (const [name, text] of await readWorkflows()) {
    for (const [, used = ""] of text.matchAll(/^[ -]+uses: (.+)$/gm)) {
      if (used.startsWith("./")) continue;
      assertMatch(used, /^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, name);
      const [action = "", pin = ""] = used.split("@");
      // One version of each, wherever it is used.
      assertEquals(pins.get(action) ?? pin, pin, action);
      pins.set(action, pin);
    }
    for (const [, image = ""] of text.matchAll(/^ +image: (.+)$/gm)) {
      assertMatch(image, /:v[\d.]+@sha256:[0-9a-f]{64}$/, name);
    }
  }
  assert(pins.has("actions/checkout"));
});

Deno.test("the workflows' jobs may read the code, end in time, and keep no credentials", async () => {
  for (const [name, text] of await readWorkflows()) {
    assert(
      text.includes("\npermissions:\n  contents: read\n\n"),
      `${name} begins with more permissions`,
    );
    assert(text.includes("\nconcurrency:\n"), name);
    for (const job of jobsOf(text)) {
      const where = `${name}: ${job.name}`;
      if (job.text.includes("    uses: ./")) continue; // its own jobs say it
      assertMatch(job.text, /^ {4}timeout-minutes: \d+$/m, where);
      const checkouts = job.text.match(/actions\/checkout@/g)?.length;
      const kept = job.text.match(/persist-credentials: false$/gm)?.length;
      assertEquals(kept, checkouts, where);
    }
  }
});

Deno.test("the workflows give no more than a release needs, and only to the jobs that need it", async () => {
  const granted: string[] = [];
  for (const [name, text] of await readWorkflows()) {
    for (const job of jobsOf(text)) {
      for (const [, what = ""] of job.text.matchAll(/^ {6}([\w-]+): write/gm)) {
        granted.push(`${name} ${job.name} ${what}`);
      }
    }
    // No token but the one that GitHub makes for a run.
    assert(!text.includes("secrets."), name);
  }
  assertEquals(granted.sort(), [
    "release.yml image packages",
    "release.yml image-name attestations",
    "release.yml image-name id-token",
    "release.yml image-name packages",
    "release.yml publish id-token",
    "release.yml release attestations",
    "release.yml release contents",
    "release.yml release id-token",
  ]);
});

Deno.test("the workflows run tasks and tools that exist, and put nothing of GitHub's into a script", async () => {
  const { tasks } = JSON.parse(await readText("deno.json"));
  for (const [name, text] of await readWorkflows()) {
    const scripts = [...text.matchAll(/^[ -]+run: (.+)$/gm)]
      .map(([, script = ""]) => script);
    assert(scripts.length > 0);
    for (const script of scripts) {
      assert(!script.includes("${{"), `${name}: ${script}`);
      assert(!/^[|>]/.test(script), `${name}: a script of many lines`);
      for (const [, task = ""] of script.matchAll(/deno task ([\w:-]+)/g)) {
        assert(task in tasks, `${name}: deno task ${task}`);
      }
      for (const [path] of script.matchAll(/\btools\/\w+\.ts/g)) {
        assert((await Deno.stat(new URL(path, ROOT))).isFile, path);
      }
    }
  }
});

Deno.test("ci.yml tests on each platform, with the current Deno and the oldest", async () => {
  const ci = await readText(".github/workflows/ci.yml");
  const job = jobsOf(ci).find(({ name }) => name === "test");
  assert(job !== undefined);
  assertMatch(job.text, /os: \[ubuntu-latest, macos-latest, windows-latest\]/);
  assertMatch(job.text, /- run: deno task test\n/);
  // tests/tools/versions_test.ts holds the number against .ci/deno-versions.
  assertMatch(job.text, /deno: \[v2\.x, v\d+\.\d+\.\d+\]/);
});

Deno.test("ci.yml's S3 service is the one that the tests expect", async () => {
  const ci = await readText(".github/workflows/ci.yml");
  const servers = await readText("tests/interop/_servers.ts");
  for (
    const [variable, field] of [
      ["ROOT_ACCESS_KEY", "accessKeyId"],
      ["ROOT_SECRET_KEY", "secretAccessKey"],
    ]
  ) {
    const [, value] = new RegExp(`${variable}: (\\S+)`).exec(ci) ?? [];
    assert(servers.includes(`${field}: "${value}"`), `${variable}: ${value}`);
  }
  const [, version] = /versitygw:(v[\d.]+)@/.exec(ci) ?? [];
  const script = await readText(".ci/run");
  assert(script.includes(`versitygw version=${version} `), version);
});
