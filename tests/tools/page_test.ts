import { assert, assertEquals, assertFalse } from "@std/assert";
import { bundlePage, PAGE_MODULE } from "../../tools/page.ts";
import {
  PAGE_HTML,
  PAGE_SCRIPT,
  PAGE_STYLE,
} from "../../src/web/ui/_page_module.ts";
import { ROOT } from "../support/deno_command.ts";

Deno.test(`${PAGE_MODULE} is what the bundler makes of page/`, async () => {
  const [committed, made] = await Promise.all([
    Deno.readTextFile(new URL(PAGE_MODULE, ROOT)),
    bundlePage(),
  ]);
  assert(
    committed === made,
    "page/ has changed since: run `deno task page`, and commit what it writes",
  );
});

Deno.test("the page is less than 150 kB compressed, and asks nobody but its own server", async () => {
  const files = [PAGE_HTML, PAGE_STYLE, PAGE_SCRIPT];
  let size = 0;
  for (const file of files) {
    const zipped = new Blob([file]).stream().pipeThrough(
      new CompressionStream("gzip"),
    );
    size += (await new Response(zipped).bytes()).length;
  }
  assert(size < 150_000, `${size} bytes`);
  assertFalse(
    /\bsrc="http|href="http|url\((?!["']?data:)/.test(PAGE_HTML + PAGE_STYLE),
  );
  // What a page with a strict Content-Security-Policy cannot have.
  assertFalse(/<script>|<style>| style="| on[a-z]+="/.test(PAGE_HTML));
  assertFalse(/\beval\(|new Function\(/.test(PAGE_SCRIPT));
});

Deno.test("the bundle has the licences of what is in it", () => {
  const licences = PAGE_SCRIPT.match(/\/\*!(\S+| )[^]*?\*\//g) ?? [];
  assertEquals(licences.length, 2);
  for (const licence of licences) {
    assert(licence.includes("Permission is hereby granted"), licence);
  }
});

Deno.test("page/ writes texts as texts, never as markup", async () => {
  const markup =
    /dangerouslySetInnerHTML|(inner|outer|Adjacent)HTML|document\.write/;
  const found: string[] = [];
  for await (const file of sourcesIn(new URL("page/", ROOT))) {
    if (markup.test(await Deno.readTextFile(file))) found.push(file.pathname);
  }
  assertEquals(found, []);
});

async function* sourcesIn(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sourcesIn(new URL(`${name}/`, folder));
    else if (/\.tsx?$/.test(name)) yield new URL(name, folder);
  }
}
