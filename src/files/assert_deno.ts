/**
 * Asserts that this runtime is Deno, which files and workers require.
 *
 * @param what What the caller wanted to use.
 * @throws {TypeError} If it is another runtime.
 */
export function assertDeno(what: string): void {
  if (globalThis.Deno === undefined) {
    throw new TypeError(
      `Cannot use ${what} on this runtime: it needs Deno; downloadOne(), downloadBatch() and openStream() of AsyncS3Downloader do not`,
    );
  }
}
