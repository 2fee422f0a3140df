// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Bundles the page in `page/` into a module of text, with esbuild from npm: packages on JSR
 * have no other files. The same sources give the same module, always: a test compares.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import config from "../page/deno.json" with { type: "json" };

const BUNDLER = config.imports.esbuild;
const ROOT = new URL("../", import.meta.url);
const PAGE = new URL("page/", ROOT);
/** The module that is made. */
export const PAGE_MODULE = "src/web/ui/_page_module.ts";
/** The packages whose code is in the bundle, and the files of their licences. */
const BUNDLED = ["preact", "uplot"];

/** The source of the module, made anew. */
export async function bundlePage(): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    // With a lock of its own, and away from the checkout: esbuild wants a node_modules.
    for (const name of ["deno.json", "deno.lock"]) {
      await Deno.copyFile(new URL(name, PAGE), `${folder}/${name}`);
    }
    await run(["install", "--quiet", "--frozen", "--node-modules-dir=auto"], {
      cwd: folder,
    });
    const packages = `${folder}/node_modules`;
    await run([
      ...["run", "-A", "--config", `${folder}/deno.json`, "--frozen", BUNDLER],
      ...["main.tsx", "style.css"].map((name) =>
        fileURLToPath(new URL(name, PAGE))
      ),
      ...["--bundle", "--minify", "--format=esm", `--outdir=${folder}/out`],
      ...["--target=es2023,chrome111,firefox115,safari16.4", "--charset=utf8"],
      ...["--jsx=automatic", "--jsx-import-source=preact"],
      ...["--legal-comments=none", "--line-limit=76"],
    ], { cwd: folder, env: { NODE_PATH: packages } });
    const licences = await Promise.all(
      BUNDLED.map(async (name) =>
        `/*! ${name}\n${
          (await Deno.readTextFile(`${packages}/${name}/LICENSE`)).trim()
        }\n*/\n`
      ),
    );
    const script = await Deno.readTextFile(`${folder}/out/main.js`);
    const style = await Deno.readTextFile(`${folder}/out/style.css`);
    const html = await Deno.readTextFile(new URL("index.html", PAGE));
    return [
      "// deno-lint-ignore-file",
      "// deno-fmt-ignore-file",
      "/** The page in page/, bundled: made by `deno task page`. @module */",
      constant("PAGE_HTML", "The page itself.", html),
      constant("PAGE_STYLE", "Its style.", style),
      constant("PAGE_SCRIPT", "Its script.", licences.join("") + script),
      "",
    ].join("\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A constant with a text, a line of the module for each of its lines. */
function constant(name: string, meaning: string, text: string): string {
  const lines = text.split(/(?<=\n)/).map((line) =>
    `  ${JSON.stringify(line)},\n`
  );
  return `/** ${meaning} */\nexport const ${name}: string = [\n${
    lines.join("")
  }].join("");`;
}

async function run(
  args: string[],
  options: Deno.CommandOptions,
): Promise<void> {
  const { success, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args,
    ...options,
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr) +
    new TextDecoder().decode(stdout);
  throw new Error(`The page could not be bundled:\n${said}`);
}

/** The size of a text as a browser gets it, in bytes. */
async function compressedSize(text: string): Promise<number> {
  const stream = new Blob([text]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return (await new Response(stream).bytes()).length;
}

if (import.meta.main) {
  const module = await bundlePage();
  await Deno.writeTextFile(new URL(PAGE_MODULE, ROOT), module);
  const kilobytes = await compressedSize(module) / 1000;
  console.log(
    `Wrote ${PAGE_MODULE}: about ${kilobytes.toFixed(1)} kB compressed`,
  );
}
