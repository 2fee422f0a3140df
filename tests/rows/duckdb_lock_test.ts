import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { ROOT } from "../support/deno_command.ts";
import { duckdbLock, type Platform } from "../../src/rows/duckdb_lock.ts";

const PLATFORMS: readonly (Platform & { native: string })[] = [
  ["linux", "x86_64", "unknown-linux-gnu", "linux-x64"],
  ["linux", "aarch64", "unknown-linux-gnu", "linux-arm64"],
  ["linux", "x86_64", "unknown-linux-musl", "linux-x64-musl"],
  ["darwin", "x86_64", "apple-darwin", "darwin-x64"],
  ["darwin", "aarch64", "apple-darwin", "darwin-arm64"],
  ["windows", "x86_64", "pc-windows-msvc", "win32-x64"],
].map(([os, arch, rest, native]) => ({
  os: os as Platform["os"],
  arch: arch as Platform["arch"],
  target: `${arch}-${rest}`,
  native: `@duckdb/node-bindings-${native}`,
}));

Deno.test("duckdbLock() has DuckDB for one platform, with the hashes of deno.lock", async () => {
  const lock = JSON.parse(
    await Deno.readTextFile(new URL("deno.lock", ROOT)),
  );
  const specifier = config.scopes["./"]["@duckdb/node-api"];
  const integrities = new Map(
    Object.entries<{ integrity: string }>(lock.npm).map((
      [id, { integrity }],
    ) => [id, integrity]),
  );
  for (const { native, ...platform } of PLATFORMS) {
    const { specifiers, npm, version } = JSON.parse(duckdbLock(platform) ?? "");
    assertEquals(version, lock.version);
    assertEquals(Object.keys(specifiers), [specifier]);
    const ids = Object.keys(npm);
    assertEquals(ids.filter((id) => id.includes("node-bindings-")), [
      `${native}@${Object.values(specifiers)}`,
    ]);
    assertEquals(ids.length, 4);
    for (const id of ids) assertEquals(npm[id].integrity, integrities.get(id));
  }
  const other = {
    os: "freebsd",
    arch: "x86_64",
    target: "x86_64-unknown-freebsd",
  };
  assertEquals(duckdbLock(other as Platform), undefined);
});
