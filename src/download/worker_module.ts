/**
 * The address that a worker is started with; a module that comes over the network is
 * loaded through a `data:` URL.
 */
export function workerModule(module: URL): URL {
  if (module.protocol === "file:") return module;
  const source = `import ${JSON.stringify(module.href)};`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}
