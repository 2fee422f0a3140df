// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Makes modules of `src/` of the sources in `assembly/`, with the AssemblyScript compiler
 * from npm. The same source gives the same module, always: a test compares.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import config from "../assembly/deno.json" with { type: "json" };

const COMPILER = `${config.imports.assemblyscript}/asc`;
/** With a lock of its own: who only uses Flatbed does not fetch the compiler. */
const CONFIG = fileURLToPath(
  new URL("../assembly/deno.json", import.meta.url),
);
/** What is made: of which source, as which constant, with what besides. */
export const MODULES = [
  {
    source: "assembly/inflate.ts",
    target: "src/gzip/_inflate_module.ts",
    constant: "INFLATE_MODULE",
    pages: 10,
    features: [],
  },
  {
    source: "assembly/md5.ts",
    target: "src/store/_md5_module.ts",
    constant: "MD5_MODULE",
    pages: 4,
    features: ["simd"],
  },
  {
    source: "assembly/select_rows.ts",
    target: "src/rows/_select_rows_module.ts",
    constant: "SELECT_ROWS_MODULE",
    pages: 146, // 9.2 MB, of which small sets of tickers use little more than the input's
    features: ["simd"],
  },
  {
    source: "assembly/scan_rows.ts",
    target: "src/rows/_scan_rows_module.ts",
    constant: "SCAN_ROWS_MODULE",
    pages: 10, // the inflater's
    features: ["simd"],
    importsMemory: true,
  },
] as const;

const ROOT = new URL("../", import.meta.url);
/** A line of a module, of 72 characters. */
const LINE = /.{1,72}/g;

/** The source of a TypeScript module, compiled anew. */
export async function compileModule(
  { source, constant, pages, features, ...rest }: (typeof MODULES)[number],
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const wasm = `${folder}/module.wasm`;
    const { success, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      {
        args: [
          ...["run", "-A", "--config", CONFIG, "--frozen", COMPILER],
          ...[fileURLToPath(new URL(source, ROOT)), "--outFile", wasm],
          ...["--runtime", "stub", "--noAssert", "-O3"],
          ...[`--initialMemory=${pages}`, `--maximumMemory=${pages}`],
          ...("importsMemory" in rest ? ["--importMemory"] : []),
          ...features.flatMap((feature) => ["--enable", feature]),
        ],
        env: { NO_COLOR: "1" },
      },
    ).output();
    if (!success) {
      const said = new TextDecoder().decode(stderr) +
        new TextDecoder().decode(stdout);
      throw new Error(`The compiler failed:\n${said}`);
    }
    const lines = (await Deno.readFile(wasm)).toBase64().match(LINE) ?? [];
    return [
      `/** ${source} as WebAssembly in base64: made by \`deno task assembly\`. */`,
      `export const ${constant}: string = [`,
      ...lines.map((line) => `  "${line}",`),
      '].join("");',
      "",
    ].join("\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  for (const module of MODULES) {
    const target = new URL(module.target, ROOT);
    await Deno.writeTextFile(target, await compileModule(module));
    console.log(`Wrote ${module.target}`);
  }
}
