// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Makes `src/gzip/_inflate_module.ts` of `assembly/inflate.ts`, with the
 * AssemblyScript compiler from npm. The same source gives the same module, always: a
 * test compares.
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
const SOURCE = fileURLToPath(
  new URL("../assembly/inflate.ts", import.meta.url),
);
const TARGET = new URL("../src/gzip/_inflate_module.ts", import.meta.url);
/** A line of the module, of 72 characters. */
const LINE = /.{1,72}/g;

/** The source of the TypeScript module, compiled anew. */
export async function compileInflate(): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const wasm = `${folder}/inflate.wasm`;
    const { success, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      {
        args: [
          ...["run", "-A", "--config", CONFIG, "--frozen", COMPILER, SOURCE],
          ...["--outFile", wasm, "--runtime", "stub", "--noAssert", "-O3"],
          ...["--initialMemory", "8", "--maximumMemory", "8"],
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
      "/** assembly/inflate.ts as WebAssembly in base64: made by `deno task assembly`. */",
      "export const INFLATE_MODULE: string = [",
      ...lines.map((line) => `  "${line}",`),
      '].join("");',
      "",
    ].join("\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  await Deno.writeTextFile(TARGET, await compileInflate());
  console.log(`Wrote ${fileURLToPath(TARGET)}`);
}
