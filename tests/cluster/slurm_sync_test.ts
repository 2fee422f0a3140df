/**
 * A sync in eight shards on two nodes of a real Slurm, into a folder and into a bucket.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { findServer, SERVERS, startServer } from "../interop/_servers.ts";
import { environmentOf, runFlatbed } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { sha256 } from "../support/hash.ts";
import { missingSlurmPrograms } from "../support/slurm.ts";
import { FILES, SYNC, syncInShards } from "./_shards_on_slurm.ts";

const missing = await missingSlurmPrograms();
const [gateway] = SERVERS;
const program = gateway && await findServer(gateway);

/** The files of a folder with their hashes, without what is the mirror's own. */
async function hashes(folder: string, path = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${path}`)) {
    if (name === ".flatbed") continue;
    if (isDirectory) found.push(...await hashes(folder, `${path}${name}/`));
    else {
      const bytes = await Deno.readFile(`${folder}/${path}${name}`);
      found.push(`${sha256(bytes)} ${path}${name}`);
    }
  }
  return found.toSorted();
}

/** Why a test is skipped. */
function skipped(...lacking: (string | undefined)[]): string {
  const [first] = lacking.filter((name) => name !== undefined);
  return first === undefined ? "" : `: skipped, there is no ${first}`;
}

Deno.test({
  name:
    `eight shards on two nodes of a real Slurm, one killed and one put back, fetch nothing twice and are whole together${
      skipped(missing[0])
    }`,
  ignore: missing.length > 0,
  async fn() {
    await using folder = await makeFolder();
    const out = `${folder.path}/its mirror`;
    await using run = await syncInShards({
      path: folder.path,
      out: ["--out", out],
    });
    assertEquals(
      (await folder.names()).filter((name) => /\.part|journal/.test(name)),
      [],
    );
    const verified = await runFlatbed(["verify", "--full", "--out", out]);
    assertEquals(verified.code, 0, verified.stdout + verified.stderr);
    // What they have together is what one machine has alone.
    const alone = `${folder.path}/alone`;
    const synced = await runFlatbed(["sync", ...SYNC, "--out", alone], {
      env: environmentOf(run.server),
    });
    assertEquals(synced.code, 0, synced.stderr);
    const union = await hashes(out);
    assertEquals(union.length, FILES);
    assertEquals(union, await hashes(alone));
  },
});

Deno.test({
  name:
    `eight shards on two nodes of a real Slurm, one killed and one put back, fill a bucket, nothing twice${
      skipped(missing[0], program === undefined ? "versitygw" : undefined)
    }`,
  ignore: missing.length > 0 || program === undefined,
  async fn() {
    if (gateway === undefined || program === undefined) return;
    await using folder = await makeFolder();
    await using bucket = await startServer(gateway, program);
    const out = [
      ...["--out", `s3://${bucket.bucket}/team's mirror`],
      ...["--out-endpoint", bucket.url, "--out-region", "us-east-1"],
    ];
    const keys = {
      AWS_ACCESS_KEY_ID: bucket.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: bucket.credentials.secretAccessKey,
    };
    await using _run = await syncInShards({ path: folder.path, out, keys });
    const verified = await runFlatbed(["verify", "--full", ...out], {
      env: keys,
    });
    assertEquals(verified.code, 0, verified.stdout + verified.stderr);
    assertStringIncludes(
      verified.stdout,
      `The mirror is whole: ${FILES} files checked`,
    );
  },
});
