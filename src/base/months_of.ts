/**
 * The months of a range of dates, both ends included, oldest first.
 *
 * @param from The first date, `YYYY-MM-DD`.
 * @param to The last date, `YYYY-MM-DD`.
 * @returns The months, each as `YYYY-MM`.
 */
export function monthsOf(from: string, to: string): string[] {
  const months: string[] = [];
  let [year = 0, month = 0] = from.split("-").map(Number);
  while (true) {
    const text = `${String(year).padStart(4, "0")}-${
      String(month).padStart(2, "0")
    }`;
    if (text > to.slice(0, 7)) return months;
    months.push(text);
    if (++month > 12) [year, month] = [year + 1, 1];
  }
}
