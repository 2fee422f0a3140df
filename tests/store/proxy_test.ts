import { assertEquals } from "@std/assert";
import { findProxy } from "../../src/store/proxy.ts";

/** The variable that names the proxy to an address, in an environment. */
function variableFor(address: string, environment: Record<string, string>) {
  return findProxy(new URL(address), (name) => environment[name])?.variable;
}

const SERVICE = "https://files.example.com";
const PROXY = "http://proxy.example.com:3128";

Deno.test("findProxy() takes the variables in Deno's order, by the address's protocol", () => {
  const environment: Record<string, string> = {};
  const added: [name: string, forHttps: string, forHttp: string | undefined][] =
    [
      ["https_proxy", "https_proxy", undefined],
      ["http_proxy", "https_proxy", "http_proxy"],
      ["HTTP_PROXY", "https_proxy", "HTTP_PROXY"],
      ["HTTPS_PROXY", "HTTPS_PROXY", "HTTP_PROXY"],
      ["all_proxy", "all_proxy", "all_proxy"],
      ["ALL_PROXY", "ALL_PROXY", "ALL_PROXY"],
    ];
  for (const [name, forHttps, forHttp] of added) {
    environment[name] = PROXY;
    assertEquals(
      [
        variableFor(SERVICE, environment),
        variableFor("http://files.example.com", environment),
      ],
      [forHttps, forHttp],
      name,
    );
  }
  assertEquals(
    variableFor("http://a", { HTTP_PROXY: PROXY, REQUEST_METHOD: "GET" }),
    undefined,
  );
  assertEquals(
    variableFor(SERVICE, { HTTPS_PROXY: "", https_proxy: PROXY }),
    "https_proxy",
  );
});

Deno.test("findProxy() tells the address without the user name and password", () => {
  const find = (HTTPS_PROXY: string) =>
    findProxy(
      new URL(SERVICE),
      (name) => name === "HTTPS_PROXY" ? HTTPS_PROXY : undefined,
    );
  const variable = "HTTPS_PROXY";
  assertEquals(find("http://me:made-up@proxy:3128/path"), {
    variable,
    address: "http://proxy:3128",
    hasPassword: true,
  });
  assertEquals(find("proxy:3128"), {
    variable,
    address: "http://proxy:3128",
    hasPassword: false,
  });
  assertEquals(find("ftp://proxy"), undefined);
  assertEquals(find("http://me@proxy:3128"), undefined);
  assertEquals(find("http://me:@proxy:3128")?.hasPassword, true);
});

Deno.test("findProxy() finds none for loopback and for what NO_PROXY names", () => {
  for (
    const address of [
      "http://127.0.0.1:9000",
      "http://127.9.9.9",
      "https://localhost:9000",
      "http://[::1]:9000",
    ]
  ) {
    assertEquals(variableFor(address, { ALL_PROXY: PROXY }), undefined);
  }
  const rows: [list: string, address: string, isExcepted: boolean][] = [
    ["files.example.com", SERVICE, true],
    [" a.b , example.com", SERVICE, true],
    [".example.com", SERVICE, true],
    ["*", SERVICE, true],
    ["xample.com", SERVICE, false],
    [",", SERVICE, false],
    ["10.0.0.0/8", "http://10.200.0.1", true],
    ["10.0.0.1", "http://10.0.0.1", true],
    ["10.0.0.0/8", "http://11.0.0.1", false],
    ["*", "http://11.0.0.1", false],
  ];
  for (const [list, address, isExcepted] of rows) {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      assertEquals(
        variableFor(address, { ALL_PROXY: PROXY, [name]: list }) === undefined,
        isExcepted,
        `${name}=${list} for ${address}`,
      );
    }
  }
});
