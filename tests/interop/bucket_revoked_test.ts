/**
 * What becomes of a transfer into a bucket whose service takes the user's keys, rights or
 * session away in the middle.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type BucketUser, openUser } from "./_bucket_user.ts";
import { waitUntil } from "../support/wait_until.ts";
import {
  findProgram,
  type SessionCredentials,
  startMinioWithSessions,
  WITH_USERS,
} from "./_users.ts";

/** Does something when three parts are stored, before the fourth one passes. */
function beforeFourth({ proxy }: BucketUser, act: () => Promise<void>): void {
  let acting: Promise<void> | undefined;
  let seen = 0;
  const isStored = () =>
    proxy.requests.filter(({ operation, status }) =>
      operation === "UploadPart" && status === 200
    ).length === 3;
  const actThen = async () => {
    await waitUntil(isStored, "three parts were not stored");
    await act();
  };
  proxy.interfere = async ({ operation }) => {
    if (operation === "UploadPart" && ++seen > 3) {
      await (acting ??= actThen());
    }
    return undefined;
  };
}

for (const [name, start] of Object.entries(WITH_USERS)) {
  const program = await findProgram(name);
  for (
    const { what, revoke, said } of [
      {
        what: "the user is removed",
        revoke: "remove",
        said: [
          "The mirror's bucket flatfiles, not the service, refuses the credentials of the AWS chain",
          "the service does not know the access key id",
        ],
      },
      {
        what: "the right to write is taken",
        revoke: "forbid",
        said: [
          "Cannot upload",
          "access denied (403 AccessDenied",
          "the credentials for the bucket may not do that",
        ],
      },
    ] as const
  ) {
    Deno.test({
      name:
        `flatbed sync to a bucket of ${name} ends with 1 where ${what}, and the next one goes on`,
      ignore: program === undefined,
      async fn() {
        await using service = await start(program ?? "");
        await service.create();
        await using user = await openUser(service, service.user);
        beforeFourth(user, service[revoke]);
        const stderr = await user.failingSync(1);
        for (const part of said) assertStringIncludes(stderr, part);
        await user.assertNothingShown();
        const sent = user.partsSent();
        assertEquals(sent.length, 3);
        if (revoke === "remove") await service.create();
        else await service.allow();
        await user.goOn(sent);
        await user.assertWhole();
      },
    });
  }
}

const MINIO = await findProgram("minio");
/** How long a session lasts: until the fourth part is there, and a little more. */
const SECONDS = 20;

for (const isRenewed of [true, false]) {
  Deno.test({
    name: `flatbed sync to a bucket of minio ${
      isRenewed
        ? "goes on with the credentials file's new session when the old one ends"
        : "ends with 1 when its session ends, and the next one goes on"
    }`,
    ignore: MINIO === undefined,
    async fn() {
      await using service = await startMinioWithSessions(MINIO ?? "");
      await using user = await openUser(service);
      const path = `${user.folder.path}/credentials`;
      const write = (session: SessionCredentials) => {
        user.secrets.push(session.secretAccessKey, session.sessionToken);
        return Deno.writeTextFile(
          path,
          `[default]\naws_access_key_id=${session.accessKeyId}\naws_secret_access_key=${session.secretAccessKey}\naws_session_token=${session.sessionToken}\n`,
        );
      };
      const env = {
        AWS_ACCESS_KEY_ID: "",
        AWS_SECRET_ACCESS_KEY: "",
        AWS_SHARED_CREDENTIALS_FILE: path,
      };
      const end = Date.now() + SECONDS * 1000;
      await write(await service.session(SECONDS));
      beforeFourth(user, async () => {
        // The service's clock is this one, and it counts whole seconds.
        await new Promise((resolve) =>
          setTimeout(resolve, Math.max(0, end + 1000 - Date.now()))
        );
        if (isRenewed) await write(await service.session(3600));
      });
      if (isRenewed) {
        const { code, stderr, stdout } = await user.sync(env);
        assertEquals([code, stderr], [0, ""]);
        assertMatch(stdout, /fetched 1, replaced 0/);
      } else {
        const stderr = await user.failingSync(1, env);
        assertStringIncludes(
          stderr,
          "The mirror's bucket flatfiles, not the service, refuses the credentials of the AWS chain",
        );
        await user.assertNothingShown();
        const sent = user.partsSent();
        assertEquals(sent.length, 3);
        await write(await service.session(3600));
        await user.goOn(sent, env);
      }
      await user.assertWhole(0, env);
    },
  });
}
