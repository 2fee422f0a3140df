/** Options of {@linkcode waitUntil}. */
export interface WaitOptions {
  /** How long, in seconds. @default {60} */
  seconds?: number;
}

/**
 * Waits for something that can only be asked for, again and again.
 *
 * @param otherwise What is wrong if it never comes.
 */
export async function waitUntil(
  isSo: () => boolean | Promise<boolean>,
  otherwise: string | (() => string),
  { seconds = 60 }: WaitOptions = {},
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!await isSo()) {
    if (performance.now() > deadline) {
      throw new Error(typeof otherwise === "string" ? otherwise : otherwise());
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
