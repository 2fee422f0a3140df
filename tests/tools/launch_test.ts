import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Launch, run } from "../../tools/launch.ts";
import { configPath, ROOT } from "../support/deno_command.ts";

const NOTE =
  "JSR does not answer: using the stand-ins for @std under tools/std\n";
const isOffline = configPath().includes("without-jsr");

/** What the launcher finds out on a machine whose cache has none of JSR's modules. */
async function prepareAfresh(
  jsrUrl: string,
): Promise<{ launch: Launch; stderr: string }> {
  const folder = await Deno.makeTempDir();
  const program = `import { prepare } from ${
    JSON.stringify(new URL("tools/launch.ts", ROOT).href)
  };
console.log(JSON.stringify(await prepare()));`;
  await Deno.writeTextFile(`${folder}/program.ts`, program);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-lock", "--no-config"],
      `${folder}/program.ts`,
    ],
    clearEnv: true,
    env: {
      HOME: folder,
      DENO_DIR: `${folder}/cache`,
      NO_COLOR: "1",
      JSR_URL: jsrUrl,
    },
    stdin: "null",
  }).output();
  await Deno.remove(folder, { recursive: true });
  const decoder = new TextDecoder();
  return {
    launch: JSON.parse(decoder.decode(stdout)),
    stderr: decoder.decode(stderr),
  };
}

Deno.test("launch.ts uses the stand-ins where JSR does not answer, and says so in one line", async () => {
  // Nothing listens on a port that has just been closed.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { launch, stderr } = await prepareAfresh(`http://127.0.0.1:${port}/`);
  assertEquals([launch.standIns, stderr], [true, NOTE]);
  assert(launch.config.endsWith("deno.without-jsr.json"));
  const generated = JSON.parse(
    await Deno.readTextFile(new URL("deno.without-jsr.json", ROOT)),
  );
  assertEquals(generated.links, [
    "./tools/std/assert",
    "./tools/std/datetime",
    "./tools/std/streams",
  ]);
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

Deno.test("launch.ts takes a proxy's page for no answer", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () =>
      new Response("<html>Sign in</html>", {
        headers: { "content-type": "text/html" },
      }),
  );
  const { launch, stderr } = await prepareAfresh(
    `http://127.0.0.1:${server.addr.port}`,
  );
  assertEquals([launch.standIns, stderr], [true, NOTE]);
});

Deno.test("launch.ts uses deno.json as it is where JSR answers", async () => {
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
  const { launch, stderr } = await prepareAfresh(
    `http://127.0.0.1:${server.addr.port}`,
  );
  assertEquals([launch.standIns, stderr], [false, ""]);
  assert(launch.config.endsWith("deno.json"));
  assert(asked.includes("/@std/assert/meta.json"));
});

Deno.test("launch.ts hands the exit code on", async () => {
  const launch = { config: configPath(), standIns: false };
  assertEquals(await run(launch, ["eval", "Deno.exit(7)"]), 7);
});

Deno.test("deno.lock pins every npm package that is used, and nothing of this machine", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  assertEquals(lock.workspace.links, undefined);
  const config = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  for (const specifier of Object.values<string>(config.imports)) {
    if (!specifier.startsWith("npm:")) continue;
    const name = specifier.replace(/^npm:(.*)@[^@]*$/, "npm:$1@");
    assert(
      Object.keys(lock.specifiers).some((locked) => locked.startsWith(name)),
      specifier,
    );
  }
});

Deno.test({
  name: "the stand-ins under tools/std do what the real modules do",
  ignore: isOffline, // it needs JSR
  fn: async () => {
    const { success, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      {
        args: [
          "run",
          "-A",
          "--no-lock",
          "--no-config",
          "tests/tools/_compare_std.ts",
        ],
        cwd: ROOT,
      },
    ).output();
    const output = new TextDecoder().decode(success ? stdout : stderr);
    assertStringIncludes(output, "The stand-ins do what the real modules do");
  },
});
