/** Whether a symbol is that of an options contract: the last 15 characters tell. */
const IS_OPTION = `regexp_matches(s, '^O:.+[0-9]{6}[CP][0-9]{8}$')`;

/** A value of an options contract's symbol; NULL for other tickers. */
function ofOption(value: string): string {
  return `CASE WHEN ${IS_OPTION} THEN ${value} END`;
}

/** A time as nanoseconds since 1970 in UTC. */
const TIME = "ts::TIMESTAMP_NS";
/** The days from a month's first Sunday on depend on the year alone. */
const SHIFT = `(1 + 5 * year(${TIME}) // 4) % 7`;

/**
 * Whether it is summer in New York, by the rule since 2007: from the second Sunday of March,
 * 07:00 UTC, to the first one of November, 06:00 UTC. The time zone database takes four times
 * as long to say so, for each row.
 */
const IS_SUMMER =
  `${TIME} >= make_timestamp(year(${TIME}), 3, 14 - ${SHIFT}, 7, 0, 0)
  AND ${TIME} < make_timestamp(year(${TIME}), 11, 7 - ${SHIFT}, 6, 0, 0)`;

/** The offset of other years, in microseconds, by the time zone database. */
const OFFSET =
  `(epoch_us(timezone('America/New_York', make_timestamptz(epoch_us(${TIME}))))
  - epoch_us(${TIME}))`;

/**
 * The statements that make the functions for New York time and for the parts of an options
 * contract's symbol. `right()` with two arguments is still SQL's.
 */
export const SQL_MACROS: readonly string[] = [
  `CREATE MACRO ny(ts) AS make_timestamp_ns(epoch_ns(${TIME}) + CASE
     WHEN year(${TIME}) NOT BETWEEN 2007 AND 2099 THEN 1000 * ${OFFSET}
     WHEN ${IS_SUMMER} THEN -14400000000000
     ELSE -18000000000000 END)`,
  `CREATE MACRO underlying(s) AS ${
    ofOption("regexp_replace(s[3:-16], '[0-9]$', '')")
  }`,
  `CREATE MACRO expiry(s) AS ${
    ofOption("CAST(try_strptime(s[-15:-10], '%y%m%d') AS DATE)")
  }`,
  `CREATE MACRO strike(s) AS ${ofOption("CAST(s[-8:] AS INTEGER) / 1000")}`,
  `CREATE MACRO "right"(s) AS ${ofOption("s[-9]")},
     (s, n) AS system.main."right"(s, n)`,
];
