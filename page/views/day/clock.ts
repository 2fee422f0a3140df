/**
 * Writes instants on the clock of a zone: the time alone on the day itself, or else with
 * its date.
 *
 * @param zone The time zone.
 * @param date The day, `YYYY-MM-DD`.
 */
export function clockOf(
  zone: string,
  date: string,
): (milliseconds: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return (milliseconds) => {
    const text = format.format(milliseconds);
    return text.startsWith(`${date} `) ? text.slice(date.length + 1) : text;
  };
}

/**
 * A time by ISO 8601 with nine digits, as one reads it: without the date where that is the
 * day itself, and without the digits that say nothing.
 */
export function shortTime(iso: string, date: string): string {
  const [, day = "", time = "", fraction = ""] =
    /^(\S+)T([\d:]+)\.(\d{9})/.exec(iso) ?? [];
  if (time === "") return iso;
  const digits = fraction.replace(/(000){1,3}$/, "");
  const text = digits === "" ? time : `${time}.${digits}`;
  return day === date ? text : `${day} ${text}`;
}
