import { wrongValue } from "../../base/mod.ts";

const SMALLEST = 0.01;
const LARGEST = 100_000;

/** Asserts that a number can be a scale: 0.01 to 100000. */
export function assertScale(scale: number): void {
  if (!(scale >= SMALLEST && scale <= LARGEST)) {
    throw wrongValue(
      "scale",
      `a number ≥ ${SMALLEST} and ≤ ${LARGEST}`,
      scale,
    );
  }
}
