import { DAY_LOOKS, type DayLookName } from "../../../src/web/day_looks.ts";

/** The square of a look, for a legend or beside a name. */
export function DayMark(
  { name, size = 10 }: { name: DayLookName; size?: number },
) {
  return (
    <svg
      class={`day-mark day-${name}`}
      width={size}
      height={size}
      viewBox="0 0 10 10"
      aria-hidden="true"
    >
      <path
        d={DAY_LOOKS[name].shape}
        fill-rule="evenodd"
        style={{ fill: `var(--day-${name})` }}
      />
    </svg>
  );
}
