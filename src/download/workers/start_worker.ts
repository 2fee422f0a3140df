import { type MessagePort, Worker } from "node:worker_threads";
import type { ThreadStart } from "./thread_protocol.ts";

const MODULE = new URL("./worker_main.ts", import.meta.url);
/** How many MB of new objects a thread for files has, before those are collected that are not used. */
const FILE_LIMITS = { maxYoungGenerationSizeMb: 4 };

/**
 * Never called, and must stay: because of this import Deno fetches the worker's module
 * together with this one. If the worker fetched it itself, it would wait for this thread,
 * which waits for the worker: a deadlock.
 */
export const importWorker = (): Promise<unknown> => import("./worker_main.ts");

/**
 * Starts a thread. A module that comes over the network is loaded through a `data:` URL.
 *
 * @throws {Deno.errors.NotCapable} If the module is a file that may not be read.
 */
export function startWorker(
  start: ThreadStart,
  moved: MessagePort[] = [],
): Worker {
  let module = MODULE;
  if (module.protocol === "file:") {
    Deno.statSync(module); // the worker could not tell that it may not be read
  } else {
    const source = `import ${JSON.stringify(module.href)};`;
    module = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  }
  return new Worker(module, {
    workerData: start,
    transferList: moved,
    env: {}, // it needs none of it
    // Work on files makes few objects: more would only wait until they are collected.
    ...(start.settings === undefined && { resourceLimits: FILE_LIMITS }),
  });
}

/** Whether the worker's module may be read. */
export function canStartWorker(): boolean {
  if (globalThis.Deno === undefined) return false; // other runtimes do not know TypeScript
  return MODULE.protocol !== "file:" ||
    Deno.permissions.querySync({ name: "read", path: MODULE }).state ===
      "granted";
}

/** Whether that many files can be opened: Deno panics if a new thread cannot open enough. */
export function hasHandles(count: number): boolean {
  if (MODULE.protocol !== "file:") return true; // there is nothing to try it with
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < count) files.push(Deno.openSync(MODULE));
    return true;
  } catch {
    return false;
  } finally {
    for (const file of files) file.close();
  }
}
