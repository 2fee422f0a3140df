/** The columns that rows are placed in time by, the first that a file has. */
export const TIME_COLUMNS: readonly string[] = [
  "window_start",
  "sip_timestamp",
  "timestamp",
  "participant_timestamp",
];
