import { NEW_YORK } from "../base/mod.ts";
export {
  formatBytes,
  formatCount,
  formatDuration,
  grouped,
  WEEKDAYS,
} from "../base/mod.ts";

/** Shortens a text to at most `width` characters by an ellipsis in the middle. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  if (width < 5) return text.slice(text.length - Math.max(0, width));
  const tail = Math.ceil((width - 1) * 0.7);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(-tail)}`;
}

/** Formats rows as a table; the columns in `right` are right-aligned. */
export function formatTable(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd()
  );
}

/** The months' names. */
export const MONTHS: readonly string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Formats an instant in local time and in New York time, to the minute. */
export function formatInstant(
  time: Date,
  zone = Intl.DateTimeFormat().resolvedOptions().timeZone,
): string {
  // The Swedish locale formats dates like ISO 8601.
  const [here, there] = [zone, NEW_YORK].map((timeZone) =>
    time.toLocaleString("sv-SE", {
      timeZone,
      dateStyle: "short",
      timeStyle: "short",
    })
  );
  if (zone === NEW_YORK) return `${there} in New York`;
  const clock = here?.slice(0, 10) === there?.slice(0, 10)
    ? there?.slice(11)
    : there;
  return `${here} ${zone} (${clock} in New York)`;
}

/** Escape sequences have no width. */
// deno-lint-ignore no-control-regex -- it begins with one
const STYLE = /\x1b\[\d+m/g;

/** Wraps text between words, with a hanging indent. */
export function wrap(text: string, width: number, indent: number): string {
  const lines = [""];
  const columns = (text: string) => text.replaceAll(STYLE, "").length;
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (indent + columns(line) + 1 + columns(word) <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else lines.push(word);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
