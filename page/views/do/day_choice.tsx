import { Button } from "../../parts/button.tsx";
import { DateField } from "../../parts/date_field.tsx";
import type { DoForm } from "./do_form.ts";

const QUICK: readonly (readonly [last: string, text: string])[] = [
  ["1d", "Last day"],
  ["5d", "Last 5 trading days"],
  ["1m", "Last month"],
  ["1y", "Last year"],
  ["", "All"],
];

/** Chooses days: a length of time, or a first and a last date. */
export function DayChooser(
  { form, today, all, onChange }: {
    form: DoForm;
    today: string;
    /** What is meant where nothing is chosen. */
    all: string;
    onChange: (change: Partial<DoForm>) => void;
  },
) {
  const { last, from, to } = form;
  const isAll = last === "" && from === "" && to === "";
  return (
    <fieldset class="do-days">
      <legend>Days</legend>
      <div class="do-segments">
        {QUICK.map(([each, text]) => (
          <Button
            key={each}
            pressed={each === "" ? isAll : last === each && to === ""}
            onClick={() => onChange({ last: each, from: "", to: "" })}
          >
            {text}
          </Button>
        ))}
      </div>
      <div class="row">
        <DateField
          label="From"
          value={from}
          max={to || today}
          onInput={(from) => onChange({ from, last: "" })}
        />
        <DateField
          label="To (today by default)"
          value={to}
          min={from}
          max={today}
          onInput={(to) => onChange({ to })}
        />
      </div>
      {isAll && <p class="field-hint">{all}</p>}
    </fieldset>
  );
}
