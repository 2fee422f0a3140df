import { assertEquals } from "@std/assert";
import { WatchSchedule } from "../../src/cli/watch_schedule.ts";

const at = (time: string) => new Date(`2024-01-${time}:00Z`);

Deno.test("WatchSchedule waits for each data type by itself, longer and longer", () => {
  const schedule = new WatchSchedule(["stocks_daily", "options_daily"]);
  // Wednesday, 11:10 in New York.
  assertEquals(schedule.due(at("10T16:10")), ["stocks_daily", "options_daily"]);
  schedule.settle(
    ["stocks_daily", "options_daily"],
    ["options_daily"],
    at("10T16:10"),
  );
  assertEquals(schedule.next(), at("10T16:15"));
  assertEquals(schedule.due(at("10T16:14")), []);
  assertEquals(schedule.due(at("10T16:15")), ["options_daily"]);
  schedule.settle(
    ["options_daily"],
    ["options_daily"],
    at("10T16:16"),
  );
  assertEquals(schedule.next(), new Date("2024-01-10T16:23:30Z"));
  schedule.settle(["options_daily"], [], at("10T16:24"));
  // Both on Thursday at 11:00 in New York.
  assertEquals(schedule.next(), at("11T16:00"));
  assertEquals(schedule.due(at("11T16:00")).length, 2);
});

Deno.test("WatchSchedule waits for the next expected day, over weekends and holidays", () => {
  const nextOf = (
    dataType: "stocks_daily" | "forex_daily" | "crypto_daily",
  ) => {
    const schedule = new WatchSchedule([dataType]);
    // Saturday noon in New York, before Martin Luther King's day.
    schedule.settle([dataType], [], at("13T17:00"));
    return schedule.next();
  };
  assertEquals(nextOf("stocks_daily"), at("17T16:00"));
  assertEquals(nextOf("forex_daily"), at("16T16:00"));
  assertEquals(nextOf("crypto_daily"), at("14T16:00"));
});

Deno.test("WatchSchedule never waits longer than an hour for what is late", () => {
  const schedule = new WatchSchedule(["stocks_daily"]);
  let now = at("10T16:00");
  for (let turn = 0; turn < 12; turn++) {
    schedule.settle(["stocks_daily"], ["stocks_daily"], now);
    now = schedule.next();
  }
  schedule.settle(["stocks_daily"], ["stocks_daily"], now);
  assertEquals(schedule.next().getTime() - now.getTime(), 3_600_000);
});
