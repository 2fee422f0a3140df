/** The examples of the documentation comments. */
import { assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { startDemoServer } from "../../src/demo/mod.ts";
import { environmentOf, ROOT, runDeno } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";

/** The text of every module of the package, by its path. */
async function readModules(folder: URL): Promise<Map<string, string>> {
  const modules = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) {
      for (const entry of await readModules(url)) modules.set(...entry);
    } else modules.set(fileURLToPath(url), await Deno.readTextFile(url));
  }
  return modules;
}

Deno.test("every example of a documentation comment runs against the demo service", async () => {
  const { exports } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const faces = Object.values<string>(exports)
    .filter((path) => !path.startsWith("./src/") && path !== "./cli.ts")
    .map((path) => fileURLToPath(new URL(path, ROOT)));
  const modules = await readModules(new URL("src/", ROOT));
  for (const path of faces) modules.set(path, await Deno.readTextFile(path));
  const fences = [...modules].flatMap(([path, text]) =>
    [...text.matchAll(/^ *\* ```(\w.*)$/gm)].map(([, what]) => [path, what])
  );
  // Nothing is skipped: each block that begins with a language is a program.
  assertEquals(fences.filter(([, what]) => what !== "ts"), []);

  await using server = startDemoServer({ scale: 0.1 });
  await using folder = await makeFolder();
  const { code, stdout, stderr } = await runDeno(
    [
      "test",
      "--allow-all",
      "--no-check", // `deno task check` does
      "--doc",
      fileURLToPath(new URL("src/", ROOT)),
      ...faces,
    ],
    {
      env: {
        ...environmentOf(server),
        // What a bucket of one's own is reached with.
        AWS_ENDPOINT_URL: server.url,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
      },
      cwd: folder.path,
    },
  );
  assertEquals(code, 0, `${stdout}${stderr}`);
  const [, passed] = /^ok \| (\d+) passed \| 0 failed/m.exec(stdout) ?? [];
  assertEquals(Number(passed), fences.length, stdout);
  // The mirror's own example has fetched a month.
  assertMatch((await folder.names()).join("\n"), /2024-01-31\.csv\.gz$/m);
});
