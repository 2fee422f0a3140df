/** The days of the week, from Sunday on: `Intl` would take longer to load than all the rest. */
export const WEEKDAYS: readonly string[] = [
  ...["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
  "Saturday",
];
