/**
 * What `flatbed cluster` prints is what Kubernetes, AWS Batch and shells take, by those
 * who know: Kubernetes' own schemas, the service model of AWS's own library, shellcheck.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runFlatbed } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { runProgram, tryProgram } from "../support/program.ts";
import { findTool, hasModules, runPython } from "./_python.ts";

const SYNC = ["--", "sync", "stocks_minute", "--from", "2020-01-01"];

/** What `flatbed cluster` prints. */
async function print(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runFlatbed(["cluster", ...args]);
  assertEquals(code, 0, stderr);
  return stdout;
}

/** The ways in which a job can be asked for. */
const WAYS: readonly (readonly string[])[] = [
  [],
  ["--finish"],
  ["--at-once", "3", "--retries", "0", "--time", "12h"],
  ["--namespace", "data", "--service-account", "flatbed", "--memory", "1536M"],
];

const validator = await findTool("kubernetes-validate");

Deno.test({
  name: `flatbed cluster kubernetes: the manifests are valid, strictly${
    validator === undefined ? ": skipped, there is no kubernetes-validate" : ""
  }`,
  ignore: validator === undefined,
  async fn() {
    assert(validator !== undefined);
    await using folder = await makeFolder();
    const paths: string[] = [];
    for (const way of WAYS) {
      for (const out of ["/data", "s3://bucket/the team's"]) {
        const path = `${folder.path}/${paths.length}.yaml`;
        const text = await print(
          ...["kubernetes", "--shards", "8", ...way, ...SYNC, "--out", out],
        );
        assertEquals(text.includes("persistentVolumeClaim"), out === "/data");
        await Deno.writeTextFile(path, text);
        paths.push(path);
      }
    }
    await runProgram(validator, ["--strict", ...paths]);
    // It would say so.
    const [path = ""] = paths;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace("completions:", "completion:"));
    const { code, stdout, stderr } = await tryProgram(validator, [
      "--strict",
      path,
    ]);
    assertEquals(code === 0, false);
    assertStringIncludes(stdout + stderr, "completion");
  },
});

const hasBotocore = hasModules("botocore");

Deno.test({
  name: `flatbed cluster batch: the requests are as the service model has them${
    hasBotocore ? "" : ": skipped, there is no Python with botocore"
  }`,
  ignore: !hasBotocore,
  async fn() {
    const ways = [
      ["--file-system", "fs-0123", "--access-point", "fsap-0123"],
      ["--file-system", "fs-0123", "--platform", "ec2", "--memory", "1500M"],
      ["--file-system", "fs-0123", "--finish", "--time", "2d", "--public-ip"],
    ];
    const bucket = ["--out", "s3://bucket/the team's"];
    const all = [
      ...ways.map((way) => [...way, ...SYNC, "--out", "/data"]),
      [...SYNC, ...bucket],
      ["--job-role", "arn:aws:iam::1:role/a", ...SYNC, ...bucket],
    ];
    for (const args of all) {
      const text = await print("batch", "--shards", "8", ...args);
      assertEquals(
        text.includes("jobRoleArn"),
        args.includes("s3://bucket/the team's"),
      );
      const report = await runPython(
        `
import json, sys
import botocore.session
from botocore.validate import ParamValidator
model = botocore.session.get_session().get_service_model("batch")
document = json.loads(sys.argv[1])
for name, operation in (("registerJobDefinition", "RegisterJobDefinition"), ("submitJob", "SubmitJob")):
    shape = model.operation_model(operation).input_shape
    print(ParamValidator().validate(document.pop(name), shape).generate_report(), end="")
    print(ParamValidator().validate({"noSuchField": 1}, shape).generate_report().count("noSuchField"))
print(document)`,
        text,
      );
      assertEquals(report, "1\n1\n{}\n");
    }
  },
});

const shellcheck = await findTool("shellcheck");

Deno.test({
  name: `flatbed cluster slurm: shellcheck finds nothing in the scripts${
    shellcheck === undefined ? ": skipped, there is no shellcheck" : ""
  }`,
  ignore: shellcheck === undefined,
  async fn() {
    assert(shellcheck !== undefined);
    await using folder = await makeFolder();
    const paths: string[] = [];
    for (const way of WAYS.slice(0, 3)) {
      const path = `${folder.path}/${paths.length}.sh`;
      const text = await print("slurm", "--shards", "8", ...way, ...SYNC);
      await Deno.writeTextFile(path, text);
      paths.push(path);
    }
    await runProgram(shellcheck, paths);
  },
});
