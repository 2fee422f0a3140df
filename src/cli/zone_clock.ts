import { quote } from "../base/mod.ts";
import { UsageError } from "./usage.ts";

/** Makes what writes times as `2024-01-02 09:30:00`, on the clock of a zone. */
export function zoneClock(zone: string): (time: Date) => string {
  try {
    // The Swedish locale formats dates like ISO 8601.
    const format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      dateStyle: "short",
      timeStyle: "medium",
    });
    return (time) => format.format(time);
  } catch {
    throw new UsageError(
      `Cannot use --zone ${
        quote(zone)
      }: expected a name such as America/New_York, Europe/Berlin or UTC`,
    );
  }
}
