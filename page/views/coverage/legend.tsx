import { DAY_LOOKS, type DayLookName } from "../../../src/web/day_looks.ts";
import { formatNumber } from "../../formats.ts";
import { countDays, type YearSums } from "./dataset_days.ts";
import { DayMark } from "./day_mark.tsx";

/** What the squares mean, how many there are of each, and a button that shows those alone. */
export function Legend({ years, looks, onChange }: {
  years: readonly YearSums[];
  looks: readonly DayLookName[];
  onChange: (looks: DayLookName[]) => void;
}) {
  const names = Object.keys(DAY_LOOKS) as DayLookName[];
  return (
    <div class="legend" role="group" aria-label="Show days that are">
      {names.map((name) => {
        const count = countDays(years, [name]);
        const isOn = looks.includes(name);
        if (count === 0 && !isOn) return null;
        return (
          <button
            key={name}
            type="button"
            class="legend-item"
            aria-pressed={isOn}
            title={DAY_LOOKS[name].meaning}
            onClick={() =>
              onChange(
                isOn ? looks.filter((each) => each !== name) : [...looks, name],
              )}
          >
            <DayMark name={name} size={11} />
            <span>{DAY_LOOKS[name].name}</span>
            <span class="legend-count">{formatNumber(count)}</span>
          </button>
        );
      })}
      {looks.length > 0 && (
        <button
          type="button"
          class="legend-item legend-all"
          onClick={() => onChange([])}
        >
          Show all
        </button>
      )}
    </div>
  );
}
