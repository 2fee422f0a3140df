import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { denoOptions, run } from "../../tools/launch.ts";
import { denoDir, LAUNCH, ROOT } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { outcomeOf } from "../support/program.ts";

const NOTE =
  "JSR does not answer: using the stand-ins for @std under tools/std\n";

/** A machine of its own for the launcher: an empty home, with an empty cache. */
async function makeMachine(
  jsrUrl: string,
  network: Record<string, string> = {},
) {
  const folder = await makeFolder();
  const env = {
    HOME: folder.path,
    DENO_DIR: `${folder.path}/cache`,
    NO_COLOR: "1",
    JSR_URL: jsrUrl,
    ...network,
  };
  const program = `${folder.path}/program.ts`;
  await Deno.writeTextFile(
    program,
    `import { prepare } from ${
      JSON.stringify(new URL("tools/launch.ts", ROOT).href)
    };
const { standIns } = await prepare({ isQuiet: Deno.args.includes("quiet") });
console.log(JSON.stringify({
  standIns,
  ...(Deno.args.includes("network") ? { noProxy: Deno.env.get("NO_PROXY") } : {}),
}));`,
  );
  return {
    /** What is remembered of JSR. */
    memory: `${folder.path}/cache/flatbed/jsr-does-not-answer`,
    /** What the launcher finds out there, and what it says. */
    async prepare(...args: string[]) {
      const { stdout, stderr } = outcomeOf(
        await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--no-lock", "--no-config", program, ...args],
          clearEnv: true,
          env,
          stdin: "null",
        }).output(),
      );
      return { ...JSON.parse(stdout), stderr };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** An address where nobody answers. */
function nobody(): string {
  // Nothing listens on a port that has just been closed.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${listener.addr.port}/`;
}

Deno.test("prepare() uses the stand-ins where JSR does not answer, and says so in one line, once a day", async () => {
  await using machine = await makeMachine(nobody());
  assertEquals(await machine.prepare(), { standIns: true, stderr: NOTE });
  assertEquals(await machine.prepare(), { standIns: true, stderr: "" });
  const yesterday = Date.now() / 1000 - 25 * 60 * 60;
  await Deno.utime(machine.memory, yesterday, yesterday);
  assertEquals(await machine.prepare(), { standIns: true, stderr: NOTE });
});

Deno.test("prepare() says nothing where it is to be quiet, or cannot remember that it did", async () => {
  await using machine = await makeMachine(nobody());
  assertEquals(await machine.prepare("quiet"), { standIns: true, stderr: "" });
  await Deno.remove(machine.memory);
  await Deno.mkdir(machine.memory);
  assertEquals(await machine.prepare(), { standIns: true, stderr: "" });
});

Deno.test("denoOptions() uses the lock as it is, and lets only the launched process download", () => {
  const options = denoOptions("run", { standIns: true });
  assert(options.includes("--frozen") && options.includes("--cached-only"));
  const [, map = ""] = /,(.*)/.exec(
    options[options.indexOf("--import-map") + 1] ?? "",
  ) ?? [];
  const { imports } = JSON.parse(decodeURIComponent(map));
  assertEquals(
    imports["@std/streams/to-bytes"],
    new URL("tools/std/streams/to_bytes.ts", ROOT).href,
  );
  assert(
    !denoOptions("run", { standIns: true, mayDownload: true })
      .includes("--cached-only"),
  );
  assertEquals(denoOptions("fmt", { standIns: true }), [
    "--config",
    fileURLToPath(new URL("deno.json", ROOT)),
  ]);
  assert(!denoOptions("run", { standIns: false }).includes("--import-map"));
});

Deno.test({
  name:
    "the tasks run from a checkout that belongs to somebody else, twice at once",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await makeFolder();
    const place = (name: string) => `${folder.path}/${name}`;
    const sh = async (script: string, ...args: string[]) => {
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-ec", script, "sh", ...args],
        stdout: "null",
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
    };
    const isRoot = Deno.uid() === 0;
    // As root, somebody else asks: permission bits say nothing to root.
    const user = isRoot ? { uid: 65534, gid: 65534 } : {};
    await sh(
      `umask 022; chmod 755 "$1"; mkdir "$1/checkout" "$1/home" "$1/home/cache"
       cd "$2"
       cp -R deno.json deno.lock cli.ts mod.ts src tools "$1/checkout"
       cp "$3" "$1/deno"
       cp -R "$4/npm" "$1/home/cache"
       chmod -R a+rX,a-w "$1/checkout"
       [ "$5" != true ] || chown -R 65534:65534 "$1/home"`,
      folder.path,
      fileURLToPath(ROOT),
      Deno.execPath(),
      await denoDir(),
      `${isRoot}`,
    );
    const task = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(place("deno"), {
        args: [
          ...["task", "--quiet", "--config", place("checkout/deno.json")],
          ...args,
        ],
        cwd: place("home"),
        clearEnv: true,
        env: {
          HOME: place("home"),
          DENO_DIR: place("home/cache"),
          JSR_URL: nobody(),
          NO_COLOR: "1",
        },
        ...user,
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      // Deno may still ask the registry for what it does not need.
      const said = decoder.decode(stderr).replaceAll(/^Download .*\n/gm, "");
      return [code, decoder.decode(stdout), said];
    };
    const keys = ["keys", "stocks_daily", "--from", "2024-01-01"];
    const outcomes = await Promise.all(
      [1, 2].map(() =>
        task("flatbed", ...keys, "--to", "2024-01-02", "--json")
      ),
    );
    for (const [code, stdout, stderr] of outcomes) {
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(`${stdout}`, "/2024-01-02.csv.gz");
    }
    const [code, stdout] = await task("flatbed", "demo", "--out", "demo");
    assertEquals(code, 0);
    assertStringIncludes(`${stdout}`, "2024-01-02");
    await sh('chmod -R u+w "$1"', place("checkout"));
  },
});

Deno.test("the tasks flatbed and deno work in the folder in which they are called", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  // The tests themselves are a task, which has said where it was called.
  const { INIT_CWD: _, ...env } = Deno.env.toObject();
  const task = async (...args: string[]) => {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["task", "--quiet", "--config", new URL("deno.json", ROOT).pathname],
        ...args,
      ],
      cwd: folder,
      clearEnv: true,
      env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    assertEquals(code, 0, args.join(" "));
  };
  await task("flatbed", "init", "--out", "here");
  const written = await Deno.readTextFile(`${folder}/flatbed.json`);
  assertEquals(JSON.parse(written).out, "here");
  await Deno.writeTextFile(
    `${folder}/x.ts`,
    "await Deno.writeTextFile('made', '');",
  );
  await task("deno", "run", "-A", "x.ts");
  assert((await Deno.stat(`${folder}/made`)).isFile);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("prepare() takes a proxy's page for no answer", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () =>
      new Response("<html>Sign in</html>", {
        headers: { "content-type": "text/html" },
      }),
  );
  await using machine = await makeMachine(
    `http://127.0.0.1:${server.addr.port}`,
  );
  assertEquals(await machine.prepare(), { standIns: true, stderr: NOTE });
});

Deno.test("prepare() uses deno.json as it is where JSR answers", async () => {
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      return pathname === "/@std/assert/meta.json"
        ? Response.json({
          scope: "std",
          name: "assert",
          versions: { "1.0.0": {} },
        })
        : new Response(null, { status: 404 });
    },
  );
  await using machine = await makeMachine(
    `http://127.0.0.1:${server.addr.port}`,
  );
  assertEquals(await machine.prepare(), { standIns: false, stderr: "" });
  assert(asked.includes("/@std/assert/meta.json"));
});

Deno.test("prepare() has this machine asked without a proxy, and keeps what NO_PROXY names", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ scope: "std", name: "assert", versions: {} }),
  );
  const loopback = "127.0.0.0/8,::1,localhost";
  for (
    const [name, list, wanted] of [
      ["NO_PROXY", "a.example,10.0.0.0/8", `a.example,10.0.0.0/8,${loopback}`],
      ["no_proxy", "a.example", `a.example,${loopback}`],
      ["NO_PROXY", "", loopback],
    ] as const
  ) {
    await using machine = await makeMachine(
      `http://127.0.0.1:${server.addr.port}`,
      {
        DENO_NO_UPDATE_CHECK: "1",
        HTTP_PROXY: nobody(),
        ALL_PROXY: nobody(),
        [name]: list,
      },
    );
    assertEquals(await machine.prepare("network"), {
      standIns: false,
      stderr: "",
      noProxy: wanted,
    });
  }
});

Deno.test("launch.ts hands the exit code on", async () => {
  assertEquals(await run(LAUNCH, ["eval", "Deno.exit(7)"]), 7);
});

Deno.test({
  name: "the stand-ins under tools/std do what the real modules do",
  ignore: LAUNCH.standIns, // it needs JSR
  fn: async () => {
    const { success, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      {
        args: [
          ...["run", "-A", "--no-lock", "--no-config"],
          "tests/tools/_compare_std.ts",
        ],
        cwd: ROOT,
      },
    ).output();
    const output = new TextDecoder().decode(success ? stdout : stderr);
    assertStringIncludes(output, "The stand-ins do what the real modules do");
  },
});
