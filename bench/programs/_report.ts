// deno-lint-ignore-file no-console -- programs that report on standard output

/** Does some work, and prints the seconds that it took and what it tells. */
export async function report(
  work: () => Promise<Record<string, number>> | Record<string, number>,
): Promise<void> {
  const started = performance.now();
  const told = await work();
  const seconds = (performance.now() - started) / 1000;
  console.log(JSON.stringify({ seconds, ...told }));
}

/** The made-up keys, as the command line takes them. */
export const CREDENTIALS = {
  accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
  secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
};
