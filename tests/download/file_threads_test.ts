import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  FileThreads,
  IntegrityError,
  LocalFileError,
  TransferError,
} from "../../src/download/mod.ts";
import { csv, gzip, joined } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";

const { signal } = new AbortController();
const OBJECT = { key: "day.csv.gz", etag: "a" };
const WHOLE = await gzip(csv(2_000_000));
/** Several members, with zeros behind them. */
const MEMBERS = joined(
  WHOLE,
  WHOLE,
  await gzip(csv(3_000_000, 2)),
  new Uint8Array(99),
);

/** What a job comes to, with its error's name and message. */
async function outcome(job: Promise<unknown>): Promise<unknown> {
  try {
    return await job;
  } catch (error) {
    assertInstanceOf(error, Error);
    return [error.name, error.message];
  }
}

Deno.test("FileThreads.run() makes the same index in another thread, and fails as here", async () => {
  await using folder = await makeFolder();
  await using threads = new FileThreads();
  const broken = MEMBERS.slice();
  broken.fill(0, MEMBERS.length - 5000, MEMBERS.length - 4000);
  const files: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
    members: MEMBERS,
    broken,
    cut: WHOLE.subarray(0, -9),
    other: await gzip(new TextEncoder().encode("a,b\n1,2\n")),
  };
  const found = new Map<string, unknown>();
  for (const [name, bytes] of Object.entries(files)) {
    const path = `${folder.path}/${name}`;
    await Deno.writeFile(path, bytes);
    const make = (isThreaded: boolean) =>
      outcome(threads.run(
        "indexFile",
        [path, { ...OBJECT, size: bytes.length }],
        { signal, isThreaded },
      ));
    const made = await make(true);
    assertEquals(made, await make(false), name);
    found.set(name, made);
  }
  const { members, ...others } = Object.fromEntries(found);
  assert(typeof members === "object" && members !== null && "index" in members);
  const failure = "Cannot decompress 'day.csv.gz': its gzip data";
  assertEquals(others, {
    broken: ["IntegrityError", `${failure} is damaged: CRC-32 mismatch`],
    cut: ["IntegrityError", `${failure} ends early`],
    other: { obstacle: "Cannot index 'day.csv.gz': it has no column 'ticker'" },
  });
});

Deno.test("FileThreads.run() says which file cannot be read, and of which size it is not", async () => {
  await using folder = await makeFolder();
  await using threads = new FileThreads();
  const path = `${folder.path}/whole`;
  const options = { signal, isThreaded: true };
  const object = { ...OBJECT, size: 1 };
  await assertRejects(
    () => threads.run("indexFile", [path, object], options),
    LocalFileError,
    path,
  );
  await Deno.writeFile(path, WHOLE);
  await assertRejects(
    () => threads.run("indexFile", [path, object], options),
    IntegrityError,
    `expected 1 bytes, got ${WHOLE.length}`,
  );
});

Deno.test("FileThreads.run() ends with its signal, and with the threads", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/long`;
  await Deno.writeFile(path, joined(...Array(6).fill(WHOLE)));
  await using threads = new FileThreads();
  const controller = new AbortController();
  /** A job that waits forever, since nobody takes its rows. */
  const begin = (signal: AbortSignal) => {
    const begun = Promise.withResolvers<void>();
    const job = threads.run("selectFile", [{
      path,
      name: "day.csv.gz",
      key: "day.csv.gz",
      filter: {},
      makesIndex: false,
    }], {
      signal,
      isThreaded: true,
      onRows: () => {
        begun.resolve();
        return new Promise<void>(() => {});
      },
    });
    job.catch(() => {});
    return { job, begun: begun.promise };
  };
  const reason = new Error("enough");
  const aborted = begin(controller.signal);
  await aborted.begun;
  controller.abort(reason);
  assertEquals(await aborted.job.catch((error) => error), reason);

  const closed = begin(signal);
  await closed.begun;
  await threads[Symbol.asyncDispose]();
  await assertRejects(() => closed.job, TransferError, "has ended");
});
