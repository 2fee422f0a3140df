/**
 * The address that a worker is started with; a module that comes over the network is
 * loaded through a `data:` URL.
 *
 * @throws {Deno.errors.NotCapable} If it is a file that may not be read.
 */
export function workerModule(module: URL): URL {
  if (module.protocol === "file:") {
    Deno.statSync(module); // the worker could not tell that it may not be read
    return module;
  }
  const source = `import ${JSON.stringify(module.href)};`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/**
 * Never called: what is imported so is fetched together with this module. A worker
 * that had to fetch it would wait for connections of the thread that waits for it.
 */
export const WORKERS: readonly (() => Promise<unknown>)[] = [
  () => import("./sync_worker.ts"),
  () => import("./thread_worker.ts"),
];
