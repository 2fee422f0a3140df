import { NEW_YORK } from "../base/mod.ts";
export { formatBytes } from "../base/mod.ts";

/** A time in milliseconds for people. */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const two = (value: number) => String(value).padStart(2, "0");
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)} min`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`;
}

/** A number with its noun, in the plural where it is not one. */
export function formatCount(
  count: number,
  noun: string,
  plural = `${noun}s`,
): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** A whole number with commas; `toLocaleString` takes 20 ms for its first one. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A text shortened in its middle to at most `width` characters. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  if (width < 5) return text.slice(text.length - Math.max(0, width));
  const tail = Math.ceil((width - 1) * 0.7);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(-tail)}`;
}

/** Rows as lines with their columns below each other; those named in `right` end flush. */
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

/** The days of the week, from Sunday on: `Intl` would take longer to load than all the rest. */
export const WEEKDAYS: readonly string[] = [
  ...["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
  "Saturday",
];

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

/** A time where this machine is, and in New York, to the minute. */
export function formatInstant(
  time: Date,
  zone = Intl.DateTimeFormat().resolvedOptions().timeZone,
): string {
  // Swedish writes dates as ISO 8601 does.
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

/** What makes text stand out takes no room. */
// deno-lint-ignore no-control-regex -- it begins with one
const STYLE = /\x1b\[\d+m/g;

/** Text broken between words, the lines behind the first one indented. */
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
