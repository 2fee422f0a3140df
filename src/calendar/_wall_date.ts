const formatters = new Map<string, Intl.DateTimeFormat>();

/** Year, month and day on the wall in a time zone, by whatever the runtime has. */
export function wallDate(
  instant: Date,
  timeZone: string,
): [year: number, month: number, day: number] {
  // Temporal is there in 2 ms, where Intl takes 20 for its first date.
  return typeof Temporal === "undefined"
    ? wallDateByIntl(instant, timeZone)
    : wallDateByTemporal(instant, timeZone);
}

/** {@linkcode wallDate} by `Temporal`. */
export function wallDateByTemporal(
  instant: Date,
  timeZone: string,
): [year: number, month: number, day: number] {
  const { year, month, day } = Temporal.Instant
    .fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone);
  return [year, month, day];
}

/** {@linkcode wallDate} by `Intl`, for runtimes without `Temporal`. */
export function wallDateByIntl(
  instant: Date,
  timeZone: string,
): [year: number, month: number, day: number] {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      timeZone,
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
    });
    formatters.set(timeZone, formatter);
  }
  const parts: Record<string, string> = {};
  for (const { type, value } of formatter.formatToParts(instant)) {
    parts[type] = value;
  }
  const year = Number(parts.year);
  return [
    parts.era === "AD" ? year : 1 - year,
    Number(parts.month),
    Number(parts.day),
  ];
}
