import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { RequestError } from "../../src/web/ui/answers.ts";
import { readBody } from "../../src/web/ui/read_body.ts";
import { startTestUi, type TestUi, welcomeOf } from "./_ui.ts";

/** What the guard answers to a path of the API with some headers. */
async function statusOf(
  { ask }: TestUi,
  headers: Record<string, string | undefined>,
  path = "/api/session",
): Promise<number> {
  return (await ask(path, { headers })).status;
}

Deno.test("a page's server answers to no other host: a name may have been rebound", async () => {
  await using server = await startTestUi();
  const { port } = server.ui;
  for (
    const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      `[::1]:${port}`,
      "127.0.0.1", // ssh -L may forward port 80,
      "localhost:9999", // or any other
    ]
  ) assertEquals([host, await statusOf(server, { host })], [host, 200]);
  for (
    const host of [
      "evil.example",
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `localhost.evil.example:${port}`,
      `evil.example#@127.0.0.1:${port}`,
      `user@127.0.0.1:${port}`,
      `127.0.0.1:${port}/`,
      `127.0.0.1:${port}, evil.example`,
      `0.0.0.0:${port}`,
      `127.1:${port}`,
      `2130706433:${port}`,
      `127.0.0.1.:${port}`,
      "127.0.0.1:",
      "127.0.0.1:999999",
      "",
    ]
  ) {
    const { status, text } = await server.ask("/", { headers: { host } });
    assert(status === 403 || status === 400, `${host}: ${status}`);
    assert(!text.includes("page.js"));
  }
});

Deno.test("a page's server takes no request that another site makes", async () => {
  await using server = await startTestUi();
  const own = `http://127.0.0.1:${server.ui.port}`;
  assertEquals(await statusOf(server, { origin: own }), 200);
  for (
    const origin of [
      "null",
      "http://evil.example",
      `https://127.0.0.1:${server.ui.port}`,
      `http://localhost:${server.ui.port}`, // another name than the host
      `http://127.0.0.1:${server.ui.port + 1}`,
      `${own}.evil.example`,
      `${own}/`,
      "",
    ]
  ) assertEquals([origin, await statusOf(server, { origin })], [origin, 403]);
  for (const [site, status] of [["same-origin", 200], ["none", 200]] as const) {
    assertEquals(await statusOf(server, { "sec-fetch-site": site }), status);
  }
  for (const site of ["cross-site", "same-site", "odd"]) {
    const from = { "sec-fetch-site": site };
    assertEquals(await statusOf(server, from), 403);
    assertEquals(await statusOf(server, from, "/"), 403);
    assertEquals(await statusOf(server, from, "/api/events"), 403);
    // A link that somebody follows may lead here; a frame or an image may not.
    const link = {
      ...from,
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    assertEquals(await statusOf(server, link, "/"), 200);
    assertEquals(await statusOf(server, link), 403);
    for (
      const other of [{ "sec-fetch-dest": "iframe" }, {
        "sec-fetch-mode": "no-cors",
      }]
    ) assertEquals(await statusOf(server, { ...link, ...other }, "/"), 403);
  }
});

Deno.test("a page's server knows its own cookie only", async () => {
  await using server = await startTestUi();
  await using other = await startTestUi();
  assert(server.cookie.split("=")[0] !== other.cookie.split("=")[0]);
  const [name = "", value = ""] = server.cookie.split("=");
  const wrong = [
    undefined,
    other.cookie,
    `${name}=${other.cookie.split("=")[1]}`,
    `${name}=`,
    name,
    `${name}=${value.slice(0, -1)}`,
    `${name}=${value}0`,
    `${name.toUpperCase()}=${value}`,
    `x${name}=${value}`,
    `${name}=${new URL(server.ui.address).searchParams.get("token")}`,
  ];
  for (const cookie of wrong) {
    for (
      const path of ["/api/session", "/api/events", "/page.js", "/nothing"]
    ) {
      const { status, text } = await server.ask(path, { headers: { cookie } });
      assertEquals([cookie, status], [cookie, 401]);
      assertEquals(JSON.parse(text).error.code, "no-cookie");
    }
    const { status, text, headers } = await server.ask("/", {
      headers: { cookie },
    });
    assertEquals(status, 401);
    assertMatch(text, /Open the address that was printed/);
    assertEquals(headers.get("set-cookie"), null);
  }
  // Browsers send the cookies of all ports.
  const both = `${other.cookie}; session=1;${server.cookie}`;
  assertEquals(await statusOf(server, { cookie: both }), 200);
});

Deno.test("a page's address lets in with its token, at / alone; a ticket once", async () => {
  await using server = await startTestUi();
  const { ui } = server;
  const noCookie = { headers: { cookie: undefined } };
  const token = new URL(ui.address).searchParams.get("token") ?? "";
  assertMatch(token, /^[\da-f]{64}$/);
  const answer = await server.ask(`/?token=${token}`, noCookie);
  assertEquals(answer.status, 200);
  assertMatch(
    answer.headers.get("set-cookie") ?? "",
    /^flatbed_[\da-f]{12}=[\da-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  // It leads on to an address without the token, with what only the page keeps.
  assertMatch(
    answer.text,
    /<meta http-equiv="refresh" content="0;url=\/#key=[\da-f]{64}">/,
  );
  assert(!answer.text.includes(token));
  for (
    const path of [
      `/api/session?token=${token}`,
      `/api/events?token=${token}`,
      `/page.js?token=${token}`,
      `//?token=${token}`,
      `/?token=${token.slice(1)}`,
      `/?token=${token}0`,
      `/?Token=${token}`,
      `/?token=`,
      `/?token=${server.token}`,
    ]
  ) {
    const { status, headers } = await server.ask(path, noCookie);
    assertEquals([path, status], [path, 401]);
    assertEquals(headers.get("set-cookie"), null);
  }
  const head = await server.ask(`/?token=${token}`, {
    ...noCookie,
    method: "POST",
  });
  assertEquals(head.status, 401);
  const once = ui.addressOnce();
  const { pathname, search } = new URL(once);
  const first = await server.ask(pathname + search, noCookie);
  const cookie = first.headers.get("set-cookie")?.split(";")[0];
  const asFirst = async () =>
    (await server.ask("/api/session", { headers: { cookie } })).status;
  assertEquals([first.status, await asFirst()], [200, 200]);
  // Others can see it: who comes first may be one of them, and is shut out.
  const second = await server.ask(pathname + search, noCookie);
  assertEquals([second.status, await asFirst()], [401, 401]);
  assertStringIncludes(second.text, "was used before");
  const again = await welcomeOf(ui.address);
  const third = await server.ask(pathname + search, noCookie);
  assertEquals(third.status, 401);
  const asOwner = { headers: { cookie: again.cookie } };
  assertEquals((await server.ask("/api/session", asOwner)).status, 200);
});

Deno.test("a page's server takes a POST with its token and JSON, small and soon", async () => {
  await using server = await startTestUi();
  const good = {
    "x-flatbed-token": server.token,
    "content-type": "application/json",
  };
  const post = async (
    headers: Record<string, string | undefined>,
    body = "{}",
  ) => {
    const { status, text } = await server.ask("/api/nothing", {
      method: "POST",
      headers,
      body,
    });
    return [status, JSON.parse(text).error.code];
  };
  // So far it gets: there is nothing at the address.
  assertEquals(await post(good), [404, "not-found"]);
  const utf8 = { "content-type": "application/json;charset=UTF-8" };
  assertEquals(await post({ ...good, ...utf8 }), [404, "not-found"]);
  for (const token of [undefined, "", "0".repeat(64), server.cookie]) {
    const wrong = { ...good, "x-flatbed-token": token };
    assertEquals(await post(wrong), [403, "token"]);
  }
  for (
    const type of [
      undefined,
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/jsonx",
      "text/plain; application/json",
    ]
  ) {
    const wrong = { ...good, "content-type": type };
    assertEquals(await post(wrong), [415, "content-type"]);
  }
  assertEquals(await post({ ...good, cookie: undefined }), [401, "no-cookie"]);
  assertEquals(await post({ ...good, origin: "null" }), [403, "foreign-site"]);
  for (const body of ["", "{", "\xff", "{}{}"]) {
    assertEquals(await post(good, body), [400, "bad-request"]);
  }
  assertEquals(await post(good, `"${"x".repeat(999_990)}"`), [
    404,
    "not-found",
  ]);
  assertEquals(await post(good, `"${"x".repeat(1_000_000)}"`), [
    413,
    "too-large",
  ]);
  // Who has the cookie, as a server on another port may, is not told the token.
  const { text } = await server.ask("/api/session");
  assert(!text.includes(server.token) && !server.cookie.includes(server.token));
  // Another server's token is of no use.
  await using other = await startTestUi();
  assertEquals(await post({ ...good, "x-flatbed-token": other.token }), [
    403,
    "token",
  ]);
});

Deno.test("a page's server that may only read does nothing for a POST", async () => {
  await using server = await startTestUi({
    isReadOnly: true,
    readOnlyReason: "It was started with --read-only",
  });
  const { status, text } = await server.ask("/api/nothing", {
    method: "POST",
    headers: {
      "x-flatbed-token": server.token,
      "content-type": "application/json",
    },
    body: "{}",
  });
  assertEquals([status, JSON.parse(text).error], [403, {
    code: "read-only",
    message: "It was started with --read-only",
  }]);
  const session = JSON.parse((await server.ask("/api/session")).text);
  assertEquals(session.isReadOnly, true);
});

Deno.test("a page's server knows the methods and paths of its table only", async () => {
  await using server = await startTestUi();
  for (const method of ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "X"]) {
    for (const path of ["/", "/page.js", "/api/session"]) {
      const { status, headers } = await server.ask(path, { method });
      assertEquals([method, path, status], [method, path, 405]);
      assertEquals(headers.get("allow"), "GET");
      assertEquals(headers.get("access-control-allow-origin"), null);
    }
  }
  for (
    const path of [
      "//",
      "/./x",
      "/api",
      "/api/",
      "/api/session/",
      "//api/session",
      "/api//session",
      "/api%2fsession",
      "/API/session",
      "/api/session%00",
      "/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/page.js/../../cli.ts",
      "/..%5c..%5cetc",
      "/page.js.map",
      "/__proto__",
      "/constructor",
    ]
  ) {
    const { status, text } = await server.ask(path);
    assertEquals([path, status], [path, 404]);
    assertEquals(JSON.parse(text).error.code, "not-found");
  }
});

Deno.test("every answer of a page's server has the headers that keep it in place", async () => {
  await using server = await startTestUi();
  const foreign = { headers: { host: "evil.example" } };
  const stranger = { headers: { cookie: undefined } };
  const address = server.ui.address.replace(/^.*(?=\/\?)/, "");
  for (
    const answer of [
      await server.ask("/"),
      await server.ask("/", stranger),
      await server.ask("/", foreign),
      await server.ask(address, stranger),
      await server.ask("/page.js"),
      await server.ask("/page.css"),
      await server.ask("/api/session"),
      await server.ask("/nothing"),
      await server.ask("/", { method: "PUT" }),
    ]
  ) {
    const { headers } = answer;
    const policy = headers.get("content-security-policy") ?? "";
    assertMatch(policy, /^default-src 'none'; script-src 'self'; /);
    assertMatch(policy, /form-action 'none'; frame-ancestors 'none'; base-uri/);
    assertMatch(
      policy,
      /require-trusted-types-for 'script'; trusted-types 'none'/,
    );
    assert(!policy.includes("unsafe"));
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("referrer-policy"), "no-referrer");
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
    assertEquals(headers.get("cross-origin-opener-policy"), "same-origin");
    assertMatch(headers.get("cache-control") ?? "", /^no-(store|cache)$/);
    assertEquals(headers.get("server"), null);
  }
});

Deno.test("a page's files come in gzip, and not again if they are the same", async () => {
  await using server = await startTestUi();
  const headers = { "accept-encoding": "br, gzip" };
  const first = await server.ask("/page.js", { headers });
  assertEquals(first.status, 200);
  assertEquals(first.headers.get("content-encoding"), "gzip");
  assertEquals(
    first.headers.get("content-type"),
    "text/javascript; charset=utf-8",
  );
  const etag = first.headers.get("etag") ?? "";
  const again = await server.ask("/page.js", {
    headers: { ...headers, "if-none-match": etag },
  });
  assertEquals([again.status, again.text], [304, ""]);
  for (const encoding of [undefined, "identity", "gzip;q=0", "br"]) {
    const plain = await server.ask("/page.js", {
      headers: { "accept-encoding": encoding },
    });
    assertEquals(plain.headers.get("content-encoding"), null);
    assertEquals(
      plain.headers.get("content-length"),
      String(new TextEncoder().encode(plain.text).length),
    );
  }
});

Deno.test("a page's server takes no request that can be read in two ways", async () => {
  await using server = await startTestUi();
  const host = `Host: 127.0.0.1:${server.ui.port}\r\n`;
  const end = `Cookie: ${server.cookie}\r\nConnection: close\r\n\r\n`;
  const post =
    `POST /api/x HTTP/1.1\r\n${host}X-Flatbed-Token: ${server.token}\r\nContent-Type: application/json\r\n`;
  const inside = `GET /api/session HTTP/1.1\r\n${host}${end}`;
  const refused = [
    `GET / HTTP/1.1\r\n${end}`,
    `GET / HTTP/1.0\r\n${end}`,
    `GET / HTTP/1.1\r\n${host}Host: evil.example\r\n${end}`,
    `GET / HTTP/1.1\r\nHost: evil.example\r\n${host}${end}`,
    `GET / HTTP/1.1\r\n${host} evil.example\r\n${end}`,
    `GET http://evil.example/api/session HTTP/1.1\r\n${host}${end}`,
    `GET http://127.0.0.1/api/session HTTP/1.1\r\nHost: evil.example\r\n${end}`,
    `CONNECT evil.example:443 HTTP/1.1\r\n${host}${end}`,
    `GET /api/session HTTP/1.1\r\n${host}Origin: http://127.0.0.1:${server.ui.port}\r\nOrigin: http://evil.example\r\n${end}`,
    `GET /api/events HTTP/1.1\r\n${host}Upgrade: websocket\r\nOrigin: http://evil.example\r\n${end}`,
    `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n${end}0\r\n\r\n${inside}`,
    `${post}Content-Length: 2\r\nContent-Length: 7\r\n${end}{}${inside}`,
    `${post}Transfer-Encoding : chunked\r\n${end}0\r\n\r\n${inside}`,
    `${post}Transfer-Encoding: xchunked\r\n${end}0\r\n\r\n${inside}`,
    `GET / HTTP/1.1\r\n${host}X: a\0b\r\n${end}`,
    `GET / HTTP/1.1\r\n${host}X: ${"a".repeat(600_000)}\r\n${end}`,
    `GET /${"a".repeat(100_000)} HTTP/1.1\r\n${host}${end}`,
    "\x16\x03\x01\x02\x00\x01\r\n\r\n",
  ];
  for (const text of refused) {
    const answer = await server.send(text);
    assertMatch(answer, /^HTTP\/1\.[01] 40[03] /, text.slice(0, 200));
    assertEquals(answer.match(/^HTTP\/1/gm)?.length, 1, text.slice(0, 200));
    assert(!answer.includes(server.token));
  }
  // A body that nobody asked for is no second request.
  const extra = await server.send(
    `GET /api/session HTTP/1.1\r\n${host}Content-Length: ${inside.length}\r\n${end}${inside}`,
  );
  assertEquals(extra.match(/^HTTP\/1/gm)?.length, 1);
});

Deno.test("readBody() waits no longer than it has patience", async () => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
  });
  const request = new Request("http://127.0.0.1/", { method: "POST", body });
  const error = await assertRejects(() => readBody(request, 1), RequestError);
  assertEquals([error.status, error.code], [408, "timed-out"]);
});
