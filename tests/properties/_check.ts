import fc from "fast-check";

/** The environment variable with the seed of a run that is to be repeated. */
const SEED_VARIABLE = "FLATBED_FC_SEED";

/** How long one property is tried at most, in milliseconds: far longer than any needs that holds. */
const TIME_LIMIT = 120_000;

/** How a property is tried. */
export interface CheckOptions {
  /** How many values are tried; 100 where it is not given. */
  numRuns?: number;
}

/**
 * Tries a property with random values. Where it fails for one, the error names the
 * smallest such value that was found, and the seed that leads to it again.
 */
export async function check<Ts>(
  property: fc.IAsyncProperty<Ts> | fc.IProperty<Ts>,
  { numRuns = 100 }: CheckOptions = {},
): Promise<void> {
  const details = await fc.check<Ts>(property, {
    numRuns,
    // Where every failure takes a while, the smallest value found by then will do.
    interruptAfterTimeLimit: TIME_LIMIT,
    ...givenSeed(),
  });
  if (!details.failed) return;
  throw new Error(
    `${fc.defaultReportMessage(details)}\n\n` +
      `Run it again: ${SEED_VARIABLE}=${details.seed} deno task test tests/properties`,
    { cause: details.errorInstance },
  );
}

function givenSeed(): { seed: number } | Record<never, never> {
  const text = Deno.env.get(SEED_VARIABLE) ?? "";
  if (text === "") return {};
  const seed = Number(text);
  // Another seed than the one that was asked for would hide the failure.
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(
      `Cannot use ${SEED_VARIABLE} '${text}': it must be a whole number`,
    );
  }
  return { seed };
}
