/** Which endpoint is asked, with which credentials. */

import {
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { listingXml } from "../support/answers.ts";
import {
  environmentOf,
  type Outcome,
  parseLines,
  ROOT,
  runDeno,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";
import { SmallProxy } from "../support/small_proxy.ts";

const TOKEN = "a-made-up-session-token";
const SECRET = "a-made-up-secret";

/** A pair of credentials in the environment. */
function pairOf(source: string, token?: string): Record<string, string> {
  return {
    [`${source}ACCESS_KEY_ID`]: "a-made-up-id",
    [`${source}SECRET_ACCESS_KEY`]: SECRET,
    ...(token === undefined ? {} : { [`${source}SESSION_TOKEN`]: token }),
  };
}

/** A folder whose configuration leads to another machine, which a proxy plays. */
class Foreign implements AsyncDisposable {
  /** The headers of all requests that have come. */
  readonly seen: Headers[] = [];
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      this.seen.push(request.headers);
      return new Response(listingXml([]));
    },
  );
  readonly #proxy = new SmallProxy(this.#server.addr.port);
  #folder: TemporaryFolder | undefined;

  /** Lists something there; the user's settings are kept in the folder `home`. */
  async list(
    env: Record<string, string>,
    ...args: string[]
  ): Promise<Outcome> {
    const { path } = this.#folder ??= await makeFolder();
    await Deno.writeTextFile(
      `${path}/flatbed.json`,
      JSON.stringify({ endpointUrl: "http://files.invalid:8080" }),
    );
    return await runFlatbed(
      ["ls", "us_stocks_sip/", "--allow-http", "--max-retries", "0", ...args],
      {
        cwd: path,
        env: {
          DENO_NO_UPDATE_CHECK: "1", // it would go through the proxy
          XDG_CONFIG_HOME: `${path}/home`,
          APPDATA: `${path}/home`,
          HTTP_PROXY: this.#proxy.host,
          ...env,
        },
      },
    );
  }

  /** The paths of all files in the folder. */
  async names(): Promise<string[]> {
    return await this.#folder?.names() ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
    await this.#server.shutdown();
    await this.#folder?.[Symbol.asyncDispose]();
  }
}

Deno.test("AWS credentials and session tokens do not go to an endpoint that only flatbed.json names", async () => {
  await using foreign = new Foreign();
  for (
    const env of [
      pairOf("AWS_"),
      pairOf("AWS_", TOKEN),
      pairOf("FLATBED_", TOKEN),
      pairOf("MASSIVE_", TOKEN),
    ]
  ) {
    for (const json of [[], ["--json"]]) {
      const { code, stdout, stderr } = await foreign.list(env, ...json);
      assertEquals(code, 2);
      assertMatch(
        stderr,
        /^Using \.\/flatbed\.json for files\.invalid:8080\nflatbed: The credentials of \w+ and \w+ are not sent to http:\/\/files\.invalid:8080, which only \.\/flatbed\.json names: .*--trust-endpoint.*\n$/,
      );
      assertEquals(
        parseLines(stdout).map(({ code, error }) => [code, error.code]),
        json.map(() => ["error", "untrusted-endpoint"]),
      );
      assertFalse(`${stdout}${stderr}`.includes(TOKEN));
    }
  }
  assertEquals(foreign.seen, []);
});

Deno.test("a key pair of the service's own goes to the endpoint of flatbed.json, with a word about it", async () => {
  await using foreign = new Foreign();
  for (const source of ["FLATBED_", "MASSIVE_", "POLYGON_"]) {
    const { code, stderr } = await foreign.list(pairOf(source), "--json");
    assertEquals(
      [code, stderr],
      [0, "Using ./flatbed.json for files.invalid:8080\n"],
    );
  }
  assertEquals(foreign.seen.length, 3);
});

Deno.test("an endpoint that the user names gets AWS credentials", async () => {
  await using foreign = new Foreign();
  const endpoint = "http://files.invalid:8080";
  const env = pairOf("AWS_", TOKEN);
  const option = await foreign.list(env, "--endpoint-url", endpoint);
  assertEquals(option.code, 0, option.stderr);
  const variable = await foreign.list({
    ...env,
    FLATBED_ENDPOINT_URL: endpoint,
  });
  assertEquals(variable.code, 0, variable.stderr);
  assertEquals(
    foreign.seen.map((headers) => headers.get("x-amz-security-token")),
    [TOKEN, TOKEN],
  );
  // That was for one run only.
  assertEquals((await foreign.list(env)).code, 2);
});

Deno.test("--trust-endpoint is remembered with the user's settings, for that endpoint alone", async () => {
  await using foreign = new Foreign();
  const env = pairOf("AWS_", TOKEN);
  const confirmed = await foreign.list(env, "--trust-endpoint");
  assertEquals(confirmed.code, 0, confirmed.stderr);
  assertEquals(await foreign.names(), [
    "flatbed.json",
    "home/flatbed/trusted-endpoints.json",
  ]);
  assertEquals((await foreign.list(env)).code, 0);
  assertEquals(foreign.seen.length, 2);
  const elsewhere = await makeFolder();
  await Deno.writeTextFile(
    `${elsewhere.path}/other.json`,
    JSON.stringify({ endpointUrl: "http://files.invalid:8081" }),
  );
  const other = ["--config", `${elsewhere.path}/other.json`];
  assertEquals((await foreign.list(env, ...other)).code, 2);
  await elsewhere[Symbol.asyncDispose]();
});

Deno.test("AWS credentials go to this machine and to the service itself, whoever names it", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  await using proxy = new SmallProxy(0);
  proxy.rule = 502;
  const { accessKeyId, secretAccessKey } = server.credentials;
  const ls = async (endpoint: string) => {
    await Deno.writeTextFile(
      `${folder.path}/flatbed.json`,
      JSON.stringify({ endpointUrl: endpoint }),
    );
    return await runFlatbed(
      ["ls", "stocks_daily", "--date", "2024-01-02", "--max-retries", "0"],
      {
        cwd: folder.path,
        env: {
          XDG_CONFIG_HOME: folder.path,
          APPDATA: folder.path,
          HTTPS_PROXY: proxy.host,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
        },
      },
    );
  };
  const near = await ls(server.url);
  assertEquals(near.code, 0, near.stderr);
  const service = await ls("https://files.massive.com");
  assertStringIncludes(service.stderr, "does not connect to");
  for (
    const endpoint of [
      "https://files.massive.com:444",
      "https://files.massive.com.invalid",
    ]
  ) {
    assertEquals((await ls(endpoint)).code, 2, endpoint);
  }
});

Deno.test("without --allow-read and --allow-env for the user's settings, nothing is trusted and nobody is asked", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/flatbed.json`;
  await Deno.writeTextFile(path, '{"endpointUrl": "https://files.invalid"}');
  const run = (...args: string[]) =>
    runDeno([
      "run",
      "--allow-net=files.invalid",
      "--allow-env=FLATBED_*,MASSIVE_*,POLYGON_*,AWS_*",
      `--allow-read=${path}`,
      new URL("cli.ts", ROOT).pathname,
      ...["ls", "stocks_daily", "--config", path],
      ...args,
    ], { env: pairOf("AWS_") });
  const refused = await run();
  assertEquals(refused.code, 2, refused.stderr);
  assertStringIncludes(
    refused.stderr,
    "confirm it once with 'flatbed doctor --trust-endpoint'",
  );
  const confirmed = await run("--trust-endpoint");
  assertEquals(confirmed.code, 2, confirmed.stderr);
  assertStringIncludes(
    confirmed.stderr,
    "Cannot remember the endpoint: there is no home folder",
  );
});

Deno.test("a FLATBED_ENDPOINT_URL that is empty counts as not set", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  await Deno.writeTextFile(
    `${folder.path}/flatbed.json`,
    JSON.stringify({ endpointUrl: server.url }),
  );
  for (const FLATBED_ENDPOINT_URL of ["", " \r"]) {
    const { code, stderr } = await runFlatbed(
      ["ls", "stocks_daily", "--date", "2024-01-02"],
      {
        cwd: folder.path,
        env: { ...environmentOf(server), FLATBED_ENDPOINT_URL },
      },
    );
    assertEquals(code, 0, stderr);
  }
});

Deno.test("an endpoint without a scheme, or with the bucket in it, is told from the option's name", async () => {
  const env = pairOf("FLATBED_");
  const rows: [endpoint: string, wanted: string][] = [
    [
      "localhost:9000",
      "Cannot use 'localhost:9000' as --endpoint-url: expected a URL such as https://files.polygon.io; did you mean http://localhost:9000?",
    ],
    [
      "https://files.polygon.io/flatfiles/",
      "Cannot use 'https://files.polygon.io/flatfiles' as --endpoint-url: its path ends with the bucket's name, which is appended anyway; use https://files.polygon.io",
    ],
  ];
  for (const [endpoint, wanted] of rows) {
    const { code, stderr } = await runFlatbed(
      ["ls", "stocks_daily", "--endpoint-url", endpoint],
      { env },
    );
    assertEquals(code, 2);
    assertStringIncludes(stderr, wanted);
    const { stdout } = await runFlatbed(
      ["doctor", "--json", "--endpoint-url", endpoint],
      { env },
    );
    assertEquals(
      parseLines(stdout).find(({ check }) => check === "endpoint").message,
      wanted,
    );
  }
});

Deno.test("credentials with a CRLF file's line end are taken, from the environment and from a profile", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const { accessKeyId, secretAccessKey } = server.credentials;
  const ls = ["ls", "stocks_daily", "--date", "2024-01-02"];
  for (const source of ["FLATBED_", "AWS_"]) {
    const { code, stderr } = await runFlatbed(ls, {
      env: {
        FLATBED_ENDPOINT_URL: `${server.url}\r`,
        [`${source}ACCESS_KEY_ID`]: `\ufeff${accessKeyId}\r`,
        [`${source}SECRET_ACCESS_KEY`]: `${secretAccessKey}\u00a0\r`,
      },
    });
    assertEquals(code, 0, stderr);
  }
  const file = `${folder.path}/credentials`;
  const profile = async (secret: string) => {
    await Deno.writeTextFile(
      file,
      `\ufeff[mine]\r\naws_access_key_id = ${accessKeyId}\u00a0\r\naws_secret_access_key = ${secret}\r\n`,
    );
    return await runFlatbed([...ls, "--profile", "mine"], {
      env: {
        FLATBED_ENDPOINT_URL: server.url,
        AWS_SHARED_CREDENTIALS_FILE: file,
      },
    });
  };
  assertEquals((await profile(secretAccessKey)).code, 0);
  const quoted = await profile(`"${SECRET}"`);
  assertEquals(quoted.code, 2);
  assertEquals(
    quoted.stderr,
    "flatbed: Cannot use aws_secret_access_key of profile 'mine' of the AWS credentials file: it is in quotation marks: remove them\n",
  );
});

Deno.test("--json escapes what a terminal would obey, and keeps the value", async () => {
  const key = "us_stocks_sip/a\u0085b\u009bc\u202ed\u2066e\u200ff\u{e0041}g";
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(listingXml([key])),
  );
  const { code, stdout } = await runFlatbed(
    ["ls", "us_stocks_sip/", "--json"],
    {
      env: {
        ...pairOf("FLATBED_"),
        FLATBED_ENDPOINT_URL: `http://127.0.0.1:${server.addr.port}`,
      },
    },
  );
  assertEquals(code, 0);
  assertMatch(stdout, /^[\x20-\x7e]+\n$/);
  assertStringIncludes(stdout, "\\u009bc\\u202ed");
  assertEquals(parseLines(stdout)[0].key, key);
  // An error's message is escaped in the same place.
  const refused = await runFlatbed(["ls", "no\u009btype", "--json"]);
  assertFalse(/[\u0080-\u009f]/.test(refused.stdout), refused.stdout);
});
