/**
 * The commands and variables of the printed Kubernetes and AWS Batch jobs, each index run
 * as its engine would: together they fetch everything, and nothing twice.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { environmentOf, runFlatbed } from "../support/deno_command.ts";
import { startRecorded } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import { bytesByKey } from "./_cluster.ts";
import { hasModules, runPython } from "./_python.ts";

/** What an engine starts a container with. */
interface Container {
  args: string[];
  env: { name: string; value: string }[];
}

/** An engine, as far as a container sees it. */
interface Engine {
  name: string;
  /** Options that it needs besides. */
  options: string[];
  /** What it reads of what was printed. */
  read(text: string): Promise<Container>;
  /** The variables that it sets itself. */
  variables(index: number, size: number): Record<string, string>;
}

const SHARDS = 3;

const ENGINES: readonly Engine[] = [
  {
    name: "kubernetes",
    options: [],
    async read(text) {
      const { args, env = [] }: Container = JSON.parse(
        await runPython(
          "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.argv[1])['spec']['template']['spec']['containers'][0]))",
          text,
        ),
      );
      // No variable of these names is set: only $$ has a meaning.
      return { args: args.map((arg) => arg.replaceAll("$$", "$")), env };
    },
    variables: (index) => ({ JOB_COMPLETION_INDEX: String(index) }),
  },
  {
    name: "batch",
    options: ["--file-system", "fs-0123"],
    read(text) {
      const { command, environment = [] } =
        JSON.parse(text).registerJobDefinition.containerProperties;
      return Promise.resolve({ args: command, env: environment });
    },
    variables: (index, size) => ({
      AWS_BATCH_JOB_ARRAY_INDEX: String(index),
      AWS_BATCH_JOB_ARRAY_SIZE: String(size),
    }),
  },
];

const hasYaml = hasModules("yaml");

for (const engine of ENGINES) {
  const isSkipped = engine.name === "kubernetes" && !hasYaml;
  Deno.test({
    name:
      `flatbed cluster ${engine.name}: all indexes together fetch all, each file once, and the last step finds it whole${
        isSkipped ? ": skipped, there is no Python with PyYAML" : ""
      }`,
    ignore: isSkipped || Deno.build.os === "windows",
    async fn() {
      await using folder = await makeFolder();
      await using server = startRecorded();
      const out = `${folder.path}/$(HOME) $$ 'its' "mirror"`;
      const print = async (...options: string[]) => {
        const { code, stdout, stderr } = await runFlatbed([
          ...["cluster", engine.name, "--shards", String(SHARDS)],
          ...[...engine.options, ...options],
          ...["--", "sync", "stocks_daily", "options_daily"],
          ...["--from", "2024-01-02", "--to", "2024-01-12", "--out", out],
        ]);
        assertEquals(code, 0, stderr);
        return await engine.read(stdout);
      };
      const start = async (
        { args, env }: Container,
        variables: Record<string, string>,
      ) => {
        const own = env.map(({ name, value }) => [name, value]);
        const { code, stdout, stderr } = await runFlatbed(args, {
          env: {
            ...environmentOf(server),
            ...Object.fromEntries(own),
            ...variables,
          },
          cwd: folder.path,
        });
        assertEquals(code, 0, stderr);
        return stdout;
      };
      const shard = await print();
      await Promise.all(
        Array.from(
          { length: SHARDS },
          (_, index) => start(shard, engine.variables(index, SHARDS)),
        ),
      );
      const sent = bytesByKey(server.records);
      const requests = server.records
        .filter(({ operation }) => operation === "GetObject");
      assertEquals([sent.size, requests.length], [18, 18]);
      assertMatch(
        await start(await print("--finish"), {}),
        /^fetched 0, replaced 0, present 18, missing 0, /m,
      );
      assertEquals(bytesByKey(server.records), sent);
      assertEquals(
        await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name),
        [out.slice(folder.path.length + 1)],
      );
    },
  });
}
