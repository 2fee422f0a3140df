import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { bashWords } from "../../src/base/bash_word.ts";
import { kubernetesManifest } from "../../src/cli/cluster/kubernetes_manifest.ts";
import type { ClusterJob } from "../../src/cli/cluster/cluster_job.ts";
import { hasModules, runPython } from "../cluster/_python.ts";
import { runProgram } from "../support/program.ts";
import { check } from "./_check.ts";

/** What a word can be made of that shells, YAML and Kubernetes give a meaning to. */
const piece = fc.oneof(
  fc.constantFrom("'", '"', "\\", "$", "`", "\n", "\t", " ", "\r", "\x7f"),
  fc.constantFrom(
    "$(HOME)",
    "$$",
    "${x}",
    "$'",
    "*",
    "?",
    "~",
    "#",
    "!",
    "{a,b}",
  ),
  fc.constantFrom(": ", "- ", "%", "&", ";", "|", "<", ">", "(", ")", "=", "@"),
  fc.constantFrom(
    "é",
    "日本",
    "😀",
    "\u2028",
    "\u0085",
    "\ufeff",
    "\u202e",
    "0",
  ),
  fc.constantFrom("no", "null", "1e3", "0x1f", "2024-01-02", "--out", "-", ""),
  fc.string({ unit: "grapheme" }),
).filter((text) => !text.includes("\0"));

/** The arguments of a command. */
const words = fc.array(
  fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join("")),
  { minLength: 1, maxLength: 8 },
);

Deno.test({
  name: "bashWords() has bash read the very words, whatever is in them",
  ignore: Deno.build.os === "windows",
  fn: () =>
    check(fc.asyncProperty(words, async (args) => {
      const line = bashWords(args);
      // A script stays a script of lines.
      assertEquals(line.includes("\n"), false);
      // A decoder takes a mark at the very beginning away.
      const out = await runProgram("bash", ["-c", `printf '%s\\0' - ${line}`]);
      assertEquals(out.split("\0").slice(1, -1), args);
    })),
});

/** A job with some arguments. */
function jobOf(command: readonly string[]): ClusterJob {
  return {
    ...{ name: "flatbed", shards: 3, retries: 1, cpus: 1, mebibytes: 1024 },
    ...{ command, out: "/data", outArguments: [], isFinish: false },
  };
}

/** As Kubernetes does before it starts a container, with no variables set. */
function expand(argument: string): string {
  return argument.replaceAll(
    /\$\$|\$\((\w+)\)/g,
    (found, name) => found === "$$" ? "$" : `value of ${name}`,
  );
}

const hasYaml = hasModules("yaml");

Deno.test({
  name: `kubernetesManifest() has the container get the very arguments${
    hasYaml ? "" : ": skipped, there is no Python with PyYAML"
  }`,
  ignore: !hasYaml,
  async fn() {
    // One process for all: PyYAML takes a while to load.
    const cases = fc.sample(words, 300).map((args) => ["sync", ...args]);
    const manifests = cases.map((command) =>
      kubernetesManifest(jobOf(command), {
        ...{ image: "image", secret: "keys", claim: "mirror" },
      })
    );
    const path = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(path, JSON.stringify(manifests));
      const read = JSON.parse(
        await runPython(
          `
import json, sys, yaml
for_each = [yaml.safe_load(text) for text in json.load(open(sys.argv[1]))]
print(json.dumps([job["spec"]["template"]["spec"]["containers"][0]["args"] for job in for_each]))`,
          path,
        ),
      ) as string[][];
      assertEquals(
        read.map((args) => args.map(expand)),
        cases.map(([name = "", ...args]) => [name, "--shard", "auto", ...args]),
      );
    } finally {
      await Deno.remove(path);
    }
  },
});
