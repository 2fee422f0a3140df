/** Stand-in for `jsr:@std/datetime/is-leap`: whether a year, or a date's local year, is a leap year. */
export function isLeap(year: Date | number): boolean {
  const number = year instanceof Date ? year.getFullYear() : year;
  return (number % 4 === 0 && number % 100 !== 0) || number % 400 === 0;
}

/** Stand-in for `jsr:@std/datetime/is-leap`: whether a year, or a date's UTC year, is a leap year. */
export function isUtcLeap(year: Date | number): boolean {
  return isLeap(year instanceof Date ? year.getUTCFullYear() : year);
}
