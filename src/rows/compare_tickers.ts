/**
 * Compares tickers in the order of their bytes in UTF-8, which is that of code points.
 *
 * @returns Below 0 where the first is less, above 0 where it is greater.
 */
export function compareTickers(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left === right) continue;
    // Surrogates stand for code points above all others.
    const [isHigh, isOtherHigh] = [isSurrogate(left), isSurrogate(right)];
    return isHigh === isOtherHigh ? left - right : isHigh ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}
