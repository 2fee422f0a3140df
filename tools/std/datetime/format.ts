/** Options for {@linkcode format}. */
export interface FormatOptions {
  /** The time zone that the date is written in; the machine's own where it is not given. */
  timeZone?: "UTC";
}

const symbols: Record<string, (date: Date) => string> = {
  yyyy: (date) => String(date.getFullYear()).padStart(4, "0"),
  MM: (date) => pad(date.getMonth() + 1),
  dd: (date) => pad(date.getDate()),
  HH: (date) => pad(date.getHours()),
  mm: (date) => pad(date.getMinutes()),
  ss: (date) => pad(date.getSeconds()),
  SSS: (date) => String(date.getMilliseconds()).padStart(3, "0"),
};

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/**
 * Stand-in for `jsr:@std/datetime/format`, with the symbols `yyyy`, `MM`, `dd`,
 * `HH`, `mm`, `ss`, `SSS`, text between apostrophes, and punctuation.
 */
export function format(
  date: Date,
  formatString: string,
  options: FormatOptions = {},
): string {
  const shift = options.timeZone === "UTC" ? date.getTimezoneOffset() : 0;
  const shown = new Date(date.getTime() + shift * 60_000);
  return formatString.replaceAll(
    /'([^']*)'|([A-Za-z])\2*/g,
    (token, literal?: string) => {
      if (literal !== undefined) return literal;
      const write = symbols[token];
      if (write === undefined) {
        throw new Error(
          `The stand-in for format() does not know '${token}'`,
        );
      }
      return write(shown);
    },
  );
}
