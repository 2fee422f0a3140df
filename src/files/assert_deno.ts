/**
 * Asserts that this is Deno: files and workers are for it alone.
 *
 * @throws {TypeError} If it is another runtime.
 */
export function assertDeno(what: string): void {
  if (globalThis.Deno === undefined) {
    throw new TypeError(
      `Cannot use ${what} on this runtime: it needs Deno; downloadOne(), downloadBatch() and openStream() of AsyncS3Downloader do not`,
    );
  }
}
