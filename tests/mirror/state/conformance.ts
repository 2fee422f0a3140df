import { assertEquals } from "@std/assert";
import type { StateStore } from "../../../src/mirror/state/state_store.ts";

/** A state store to test, empty. */
export interface StoreSetup extends AsyncDisposable {
  store: StateStore;
  /** Whether of two writers at the same moment only one finds the file absent. */
  knowsConditions: boolean;
}

const text = (bytes: Uint8Array | undefined) =>
  bytes && new TextDecoder().decode(bytes);

/** Tests what every {@linkcode StateStore} does. */
export function testStateStore(
  name: string,
  setUp: () => Promise<StoreSetup>,
  options: Pick<Deno.TestDefinition, "ignore"> = {},
): void {
  const test = (
    behaviour: string,
    run: (setup: StoreSetup) => Promise<void>,
  ) =>
    Deno.test({
      name: `${name} ${behaviour}`,
      ...options,
      async fn() {
        await using setup = await setUp();
        await run(setup);
      },
    });

  test("reads what was written last, and nothing where nothing was", async ({ store }) => {
    assertEquals(await store.read("a/b.json"), undefined);
    assertEquals(await store.stat("a/b.json"), undefined);
    assertEquals(await store.write("a/b.json", "one"), true);
    assertEquals(await store.write("a/b.json", "drei"), true);
    assertEquals(text(await store.read("a/b.json")), "drei");
    const { name, size, mtime } = await store.stat("a/b.json") ?? {};
    assertEquals([name, size], ["a/b.json", 4]);
    assertEquals(mtime instanceof Date && mtime.getTime() > 0, true);
    await store.write("empty", new Uint8Array(0));
    assertEquals(await store.read("empty"), new Uint8Array(0));
  });

  test("lists a folder with all below it, and no neighbour", async ({ store }) => {
    assertEquals(await store.list("a"), []);
    for (const name of ["a/2", "a/b/1", "a/1", "ab/1", "c"]) {
      await store.write(name, name);
    }
    const listed = await store.list("a");
    assertEquals(listed.map(({ name, size }) => [name, size]), [
      ["a/1", 3],
      ["a/2", 3],
      ["a/b/1", 5],
    ]);
    assertEquals(listed[0], await store.stat("a/1"));
  });

  test("removes a file, and nothing where none is", async ({ store }) => {
    await store.write("a/1", "one");
    await store.remove("a/1");
    await store.remove("a/1");
    assertEquals(await store.read("a/1"), undefined);
    assertEquals(await store.list("a"), []);
  });

  test("writes only where nothing is, if asked to", async ({ store, knowsConditions }) => {
    assertEquals(await store.write("a/1", "one", { ifAbsent: true }), true);
    assertEquals(await store.write("a/1", "two", { ifAbsent: true }), false);
    assertEquals(text(await store.read("a/1")), "one");
    if (!knowsConditions) return;
    const written = await Promise.all(
      Array.from(
        { length: 8 },
        (_, at) => store.write("a/2", String(at), { ifAbsent: true }),
      ),
    );
    assertEquals(written.filter((isWritten) => isWritten).length, 1);
    assertEquals(
      text(await store.read("a/2")),
      String(written.indexOf(true)),
    );
    assertEquals((await store.list("a")).length, 2);
  });

  test("shows readers the old content or the new one, never a part", async ({ store }) => {
    const contents = ["a", "b"].map((letter) => letter.repeat(300_000));
    await store.write("large", contents[0] ?? "");
    const writing = (async () => {
      for (let at = 0; at < 20; at++) {
        await store.write("large", contents[at % 2] ?? "");
      }
    })();
    let isWriting = true;
    writing.finally(() => isWriting = false).catch(() => {});
    while (isWriting) {
      assertEquals(
        contents.includes(text(await store.read("large")) ?? ""),
        true,
      );
      await new Promise((resolve) => setTimeout(resolve));
    }
    await writing;
  });
}
