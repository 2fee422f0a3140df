/** The command line in a firm's network: proxies, and certificates of the firm's own. */

import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { makeCertificates } from "../support/certificate.ts";
import {
  environmentOf,
  type Outcome,
  parseLines,
  ROOT,
  runDeno,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { SmallProxy } from "../support/small_proxy.ts";

const KEYS = {
  // Deno asks for its newest version now and then, through the proxy as well.
  DENO_NO_UPDATE_CHECK: "1",
  FLATBED_ACCESS_KEY_ID: "made-up",
  FLATBED_SECRET_ACCESS_KEY: "made-up",
};
const PASSWORD = "made-up-password";
const LISTING =
  "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

/** Lists something at an endpoint. */
function list(
  endpoint: string,
  env: Record<string, string>,
  ...args: string[]
): Promise<Outcome> {
  return runFlatbed(
    [
      ...["ls", "us_stocks_sip/", "--endpoint-url", endpoint],
      ...(args.includes("--max-retries") ? [] : ["--max-retries", "0"]),
      ...args,
    ],
    { env: { ...KEYS, ...env } },
  );
}

/** All variables that name a proxy, lower case as well. */
function everyProxy(address: string): Record<string, string> {
  return Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [
      [name, address],
      [name.toLowerCase(), address],
    ]),
  );
}

Deno.test("nothing on this machine is asked through a proxy: the demo, commands with threads, both downloaders", async () => {
  await using server = startDemoServer();
  await using folder = await makeFolder();
  await using proxy = new SmallProxy(server.port);
  proxy.rule = 502;
  const env = {
    DENO_NO_UPDATE_CHECK: "1",
    ...environmentOf(server),
    ...everyProxy(`http://${proxy.host}`),
  };
  const demo = await runFlatbed(["demo", "--json", "--out", folder.path], {
    env,
  });
  assertEquals([demo.code, demo.stderr], [0, ""]);
  assertEquals(parseLines(demo.stdout).at(-1).failed, 0);
  const url = server.url.replace("127.0.0.1", "localhost");
  const days = ["--from", "2024-01-02", "--to", "2024-01-31"];
  const out = ["--out", `${folder.path}/mirror`];
  const sync = await runFlatbed(
    ["sync", "stocks_daily", ...days, ...out, "--endpoint-url", url],
    { env },
  );
  assertEquals([sync.code, sync.stderr], [0, ""]);
  const script = `
    import { AsyncS3Downloader, SyncS3Downloader } from "${ROOT}mod.ts";
    const credentials = ${JSON.stringify(server.credentials)};
    const options = { endpointUrl: "${server.url}" };
    const key = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
    using sync = new SyncS3Downloader(credentials, options);
    await using downloader = new AsyncS3Downloader(credentials, options);
    const keys = Array(24).fill(key);
    const batch = await downloader.downloadBatch("flatfiles", keys);
    console.log(batch.includes(null), sync.download("flatfiles", key).length > 0);
  `;
  const path = `${folder.path}/script.ts`;
  await Deno.writeTextFile(path, script);
  const { code, stdout, stderr } = await runDeno(
    ["run", `--allow-net=127.0.0.1:${server.port}`, "--allow-read", path],
    { env },
  );
  assertEquals([code, stdout, stderr], [0, "false true\n", ""]);
  assertEquals(proxy.requests, []);
});

Deno.test("a service with TLS on this machine is not asked through a proxy", async () => {
  await using folder = await makeFolder();
  const { authority, certificate, key } = await makeCertificates("localhost");
  await Deno.writeTextFile(`${folder.path}/firm.pem`, authority);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: certificate, key, onListen() {} },
    () => new Response(LISTING),
  );
  await using proxy = new SmallProxy(server.addr.port);
  const { code, stderr } = await list(`https://localhost:${server.addr.port}`, {
    ...everyProxy(`http://${proxy.host}`),
    SSL_CERT_FILE: `${folder.path}/firm.pem`,
  });
  assertEquals([code, stderr], [0, "No objects under us_stocks_sip/\n"]);
  assertEquals(proxy.requests, []);
});

Deno.test("another machine is asked through the proxy, and NO_PROXY is heard", async () => {
  const seen: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      seen.push(request.headers.get("host") ?? "");
      return new Response(LISTING);
    },
  );
  await using proxy = new SmallProxy(server.addr.port);
  for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]) {
    const { code } = await list(
      "http://files.invalid",
      { [name]: proxy.host },
      "--allow-http",
    );
    assertEquals(code, 0, name);
  }
  assertEquals([proxy.requests.length, seen], [
    4,
    Array(4).fill("files.invalid"),
  ]);
  const { code, stderr } = await list(
    "http://files.invalid",
    { HTTP_PROXY: proxy.host, NO_PROXY: "files.invalid" },
    "--allow-http",
  );
  assertEquals([code, proxy.requests.length], [75, 4]);
  assertStringIncludes(stderr, "there is no host 'files.invalid'");
});

Deno.test("where a proxy fails, the message names it and its variable, and no password", async () => {
  await using proxy = new SmallProxy(0);
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closed = `127.0.0.1:${free.addr.port}`;
  free.close();
  const secret = `http://me:${PASSWORD}@`;
  const named = (host: string, variable = "HTTPS_PROXY") =>
    `the proxy 'http://${host}' of ${variable}`;
  const rows: [
    endpoint: string,
    rule: 407 | 502,
    env: Record<string, string>,
    wanted: string[],
  ][] = [
    ["https://files.invalid", 502, { HTTPS_PROXY: secret + closed }, [
      `${
        named(closed)
      } does not answer: check HTTPS_PROXY, or add files.invalid to NO_PROXY`,
    ]],
    [
      "https://files.invalid",
      502,
      { https_proxy: "http://proxy.invalid:1080" },
      [
        `${
          named("proxy.invalid:1080", "https_proxy")
        } has a host that is not found`,
      ],
    ],
    ["https://files.invalid", 502, { ALL_PROXY: secret + proxy.host }, [
      `${
        named(proxy.host, "ALL_PROXY")
      } does not connect to 'files.invalid': check ALL_PROXY`,
    ]],
    ["https://files.invalid", 407, { HTTPS_PROXY: proxy.host }, [
      `${
        named(proxy.host)
      } requires a password: set HTTPS_PROXY to http://USER:`,
    ]],
    ["https://files.invalid", 407, { HTTPS_PROXY: secret + proxy.host }, [
      `${named(proxy.host)} refuses the user name and password in HTTPS_PROXY`,
    ]],
    ["http://files.invalid", 407, { HTTP_PROXY: proxy.host }, [
      `${named(proxy.host, "HTTP_PROXY")} requires a password`,
    ]],
    ["http://files.invalid", 502, { HTTP_PROXY: secret + proxy.host }, [
      `the service, or ${named(proxy.host, "HTTP_PROXY")}, answered 502`,
    ]],
  ];
  for (const [endpoint, rule, env, wanted] of rows) {
    proxy.rule = rule;
    const { code, stderr } = await list(
      endpoint,
      env,
      "--allow-http",
      "--verbose",
    );
    assertEquals(code, rule === 407 ? 1 : 75, stderr);
    for (const text of wanted) assertStringIncludes(stderr, text);
    assertFalse(stderr.includes(PASSWORD), stderr);
  }
});

Deno.test("a proxy that wants a password is asked once, whatever the number of retries", async () => {
  await using proxy = new SmallProxy(0);
  proxy.rule = 407;
  for (const endpoint of ["https://files.invalid", "http://files.invalid"]) {
    const { code } = await list(
      endpoint,
      { ALL_PROXY: proxy.host },
      "--allow-http",
      "--max-retries",
      "3",
    );
    assertEquals(code, 1);
  }
  assertEquals(proxy.requests.length, 2);
});

Deno.test("the certificates of SSL_CERT_FILE and AWS_CA_BUNDLE are trusted, also behind a proxy", async () => {
  await using folder = await makeFolder();
  const { authority, certificate, key } = await makeCertificates(
    "files.invalid",
  );
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: certificate, key, onListen() {} },
    () => new Response(LISTING),
  );
  await using proxy = new SmallProxy(server.addr.port);
  const path = `${folder.path}/firm.pem`;
  await Deno.writeTextFile(path, `A comment.\r\n${authority}`);
  const through = { HTTPS_PROXY: `http://${proxy.host}` };
  for (
    const name of ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "DENO_CERT"]
  ) {
    const { code, stderr } = await list("https://files.invalid", {
      ...through,
      [name]: path,
    });
    assertEquals([code, stderr], [0, "No objects under us_stocks_sip/\n"]);
  }
});

Deno.test("the error of a refused certificate says why, and which variables are taken", async () => {
  await using folder = await makeFolder();
  const [good, expired, other] = await Promise.all([
    makeCertificates("files.invalid"),
    makeCertificates("files.invalid", new Date("2026-01-02")),
    makeCertificates("other.invalid"),
  ]);
  const file = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder.path}/${name}`, text);
    return `${folder.path}/${name}`;
  };
  const elsewhere = await file("other.pem", other.authority);
  const empty = await file("empty.pem", "nothing");
  const broken = await file(
    "broken.pem",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  );
  const mine = await file("expired.pem", expired.authority);
  const theirs = elsewhere;
  const rows: [
    served: typeof good,
    env: Record<string, string>,
    wanted: string,
  ][] = [
    [good, {}, "SSL_CERT_FILE, AWS_CA_BUNDLE or DENO_CERT"],
    [good, {}, "DENO_TLS_CA_STORE=system"],
    [
      good,
      { SSL_CERT_FILE: elsewhere },
      `SSL_CERT_FILE names '${elsewhere}', which does not have its authority`,
    ],
    [
      good,
      { AWS_CA_BUNDLE: `${folder.path}/none` },
      `AWS_CA_BUNDLE names '${folder.path}/none', but it cannot be read`,
    ],
    [good, { AWS_CA_BUNDLE: empty }, "it holds no certificate as PEM"],
    [good, { AWS_CA_BUNDLE: broken }, "a certificate in it cannot be used"],
    [expired, { SSL_CERT_FILE: mine }, "check this machine's clock"],
    [other, { SSL_CERT_FILE: theirs }, "check the endpoint"],
  ];
  for (const [served, env, wanted] of rows) {
    let handshakes = 0;
    await using server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      cert: served.certificate,
      key: served.key,
      onListen() {},
    }, () => new Response(LISTING));
    await using proxy = new SmallProxy(server.addr.port);
    const { code, stderr } = await list(
      "https://files.invalid",
      { HTTPS_PROXY: proxy.host, ...env },
      "--max-retries",
      "3",
    );
    handshakes = proxy.requests.length;
    // Another try would not help.
    assertEquals([code, handshakes], [1, 1], stderr);
    assertStringIncludes(
      stderr,
      "the certificate of 'files.invalid' is refused",
    );
    assertStringIncludes(stderr, wanted);
  }
});

Deno.test("flatbed doctor names the proxy and the certificates", async () => {
  await using folder = await makeFolder();
  await using proxy = new SmallProxy(0);
  proxy.rule = 502;
  const { authority, certificate, key } = await makeCertificates("localhost");
  const path = `${folder.path}/firm.pem`;
  await Deno.writeTextFile(path, authority);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: certificate, key, onListen() {} },
    () => new Response(LISTING),
  );
  const doctor = async (endpoint: string) => {
    const { stdout } = await runFlatbed(
      ["doctor", "--json", "--endpoint-url", endpoint, "--max-retries", "0"],
      {
        cwd: folder.path,
        env: {
          ...KEYS,
          ...everyProxy(`http://me:${PASSWORD}@${proxy.host}`),
          SSL_CERT_FILE: path,
          AWS_CA_BUNDLE: `${folder.path}/none`,
        },
      },
    );
    assertFalse(stdout.includes(PASSWORD));
    return parseLines(stdout).find(({ check }) => check === "endpoint");
  };
  const near = await doctor(`https://localhost:${server.addr.port}`);
  assertStringIncludes(
    near.message,
    "the certificates of SSL_CERT_FILE are trusted, too; AWS_CA_BUNDLE cannot be used: it cannot be read",
  );
  assertFalse(near.message.includes("proxy"));
  const far = await doctor("https://files.invalid");
  assertStringIncludes(far.message, `the proxy 'http://${proxy.host}'`);
  assert(far.advice.includes("NO_PROXY"), far.advice);
});
