/** The characters of an option's ticker behind its root: expiry, C or P, strike. */
export const CONTRACT_LENGTH = 15;

/** The root of an option's ticker: `SPY` of `O:SPY240105C00475000`. */
export function rootOf(ticker: string): string {
  return ticker.slice("O:".length, -CONTRACT_LENGTH);
}
