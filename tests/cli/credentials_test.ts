import { assertEquals, assertThrows } from "@std/assert";
import { readEnvironment } from "../../src/cli/credentials.ts";
import { UsageError } from "../../src/cli/usage.ts";

function read(environment: Record<string, string>) {
  return readEnvironment((name) => environment[name]).credentials;
}

Deno.test("readEnvironment() prefers FLATBED_, then MASSIVE_, POLYGON_ and AWS_", () => {
  const environment: Record<string, string> = {};
  for (const source of ["AWS_", "POLYGON_", "MASSIVE_", "FLATBED_"]) {
    environment[`${source}ACCESS_KEY_ID`] = `${source}id`;
    environment[`${source}SECRET_ACCESS_KEY`] = `${source}secret`;
    assertEquals(read(environment), {
      accessKeyId: `${source}id`,
      secretAccessKey: `${source}secret`,
    });
  }
});

Deno.test("readEnvironment() takes a session token of the same source only", () => {
  const environment = {
    MASSIVE_ACCESS_KEY_ID: "id",
    MASSIVE_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "token",
  };
  assertEquals(read(environment), {
    accessKeyId: "id",
    secretAccessKey: "secret",
  });
  assertEquals(
    read({ ...environment, MASSIVE_SESSION_TOKEN: "own" }).sessionToken,
    "own",
  );
});

Deno.test("readEnvironment() skips half a pair, and names it where there is no whole one", () => {
  const half = { FLATBED_SECRET_ACCESS_KEY: "secret" };
  assertEquals(
    read({ ...half, AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "other" })
      .accessKeyId,
    "id",
  );
  const error = assertThrows(
    () => read(half),
    UsageError,
    "FLATBED_SECRET_ACCESS_KEY is set, but FLATBED_ACCESS_KEY_ID is not",
  );
  assertEquals(error.message.includes("secret "), false);
  assertThrows(() => read({}), UsageError, "No credentials");
});
