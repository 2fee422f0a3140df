/** The credentials of a mirror's bucket: from the AWS chain, and again when they end. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { gzipStored, noise } from "../../support/data.ts";
import { BUCKET, startRecorded } from "../../support/demo.ts";
import { denoArguments, ownEnvironment } from "../../support/deno_command.ts";
import { makeFolder } from "../../support/folder.ts";
import { sha256 } from "../../support/hash.ts";
import { TEST_CREDENTIALS } from "../../support/store.ts";

const MiB = 1024 * 1024;
const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const OBJECT = gzipStored(noise(22 * MiB));
const SCRIPT = new URL("put_in_process.ts", import.meta.url).pathname;
const { accessKeyId, secretAccessKey } = TEST_CREDENTIALS;

/** Puts an object in a process whose token ends at the third part. */
async function putWith(
  env: Record<string, string>,
  onPart: () => void = () => {},
): Promise<{ success: boolean; sum: string | undefined; said: string }> {
  await using source = startRecorded({
    objects: [[KEY, { body: OBJECT }]],
    scale: 0.01,
  });
  await using target = startRecorded({
    writable: true,
    scale: 0.01,
    faults: [{
      ...{ kind: "status", status: 400, code: "ExpiredToken", times: 1 },
      ...{ method: "PUT", key: `team/${KEY}`, skip: 2 },
    }],
  });
  const push = target.records.push.bind(target.records);
  target.records.push = (record) => {
    if (record.operation === "UploadPart") onPart();
    return push(record);
  };
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: denoArguments([
      ...["run", "-A", SCRIPT, source.url, target.url],
      ...[`s3://${BUCKET}/team`, KEY, `${OBJECT.length}`],
    ]),
    env: { ...ownEnvironment(), ...env, AWS_EC2_METADATA_DISABLED: "true" },
    clearEnv: true,
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(said.includes(secretAccessKey), false);
  return {
    success,
    sum: success
      ? JSON.parse(new TextDecoder().decode(stdout)).sha256
      : undefined,
    said,
  };
}

Deno.test("BucketDestination reads the credentials file again when a session token ends", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/credentials`;
  // In one step: it is written for each part, and must never be read half.
  const write = (token: string) => {
    Deno.writeTextFileSync(
      `${path}.new`,
      `[team]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\naws_session_token=${token}\n`,
    );
    Deno.renameSync(`${path}.new`, path);
  };
  write("first");
  const env = { AWS_SHARED_CREDENTIALS_FILE: path, AWS_PROFILE: "team" };
  const { success, sum, said } = await putWith(env, () => write("second"));
  assertEquals([success, sum], [true, sha256(OBJECT)], said);
  // The file is the same when it is read again.
  const refused = await putWith(env);
  assertEquals(refused.success, false);
  assertStringIncludes(refused.said, "CredentialsError");
  assertStringIncludes(refused.said, "the session token has expired");
});

Deno.test("BucketDestination asks a container's credentials again when a session token ends", async () => {
  let asked = 0;
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () =>
      Response.json({
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: `token-${++asked}`,
        Expiration: new Date(Date.now() + 3600_000).toISOString(),
      }),
  );
  const { success, sum } = await putWith({
    AWS_CONTAINER_CREDENTIALS_FULL_URI:
      `http://127.0.0.1:${server.addr.port}/role`,
  });
  assertEquals([success, sum, asked], [true, sha256(OBJECT), 2]);
});
