import type {
  DayChoices,
  DayFacts,
} from "../../../src/web/ui/day/day_types.ts";
import { formatCount } from "../../formats.ts";
import { DateField } from "../../parts/date_field.tsx";
import { SelectField } from "../../parts/field.tsx";
import { goTo, hrefOf } from "../../router.ts";

/** Chooses a dataset and a day. */
export function DayPicker({ choices, dataType, date, facts, ticker }: {
  choices: DayChoices;
  dataType: string;
  date: string;
  facts: DayFacts | undefined;
  ticker: string;
}) {
  const chosen = choices.datasets.find((each) => each.dataType === dataType);
  const query = { ticker };
  const options = [
    ...choices.datasets.filter(({ days }) => days > 0).map((
      { dataType, days },
    ) => [dataType, `${dataType} (${formatCount(days, "day")})`] as const),
    ...choices.datasets.filter(({ days }) => days === 0).map(({ dataType }) =>
      [dataType, `${dataType} (no files)`] as const
    ),
  ];
  const isKnown = chosen !== undefined;
  return (
    <div class="row look-picker">
      <SelectField
        label="Dataset"
        value={dataType}
        onInput={(value) => {
          const other = choices.datasets.find((each) =>
            each.dataType === value
          );
          const day = dayNear(other, date);
          goTo(hrefOf("day", [value, day]));
        }}
        options={isKnown ? options : [[dataType, dataType], ...options]}
      />
      <DateField
        label="Day"
        value={date}
        onInput={(value) => {
          if (value !== "") goTo(hrefOf("day", [dataType, value], query));
        }}
      />
      <div class="look-steps">
        <Step
          to={facts?.previous}
          label="Previous trading day"
          {...{ dataType, query }}
        >
          ‹ {facts?.previous ?? "earlier"}
        </Step>
        <Step
          to={facts?.next}
          label="Next trading day"
          {...{ dataType, query }}
        >
          {facts?.next ?? "later"} ›
        </Step>
      </div>
    </div>
  );
}

function Step({ to, label, dataType, query, children }: {
  to: string | null | undefined;
  label: string;
  dataType: string;
  query: { ticker: string };
  children: (string | undefined)[];
}) {
  return to == null
    ? (
      <button type="button" class="button" disabled>
        {children}
      </button>
    )
    : (
      <a
        class="button"
        href={hrefOf("day", [dataType, to], query)}
        aria-label={`${label}: ${to}`}
      >
        {children}
      </a>
    );
}

/** The same day, where the dataset may have it; or else its last one. */
function dayNear(
  choice: DayChoices["datasets"][number] | undefined,
  date: string,
): string {
  if (choice?.first == null || choice.last === null) return date;
  return date >= choice.first && date <= choice.last ? date : choice.last;
}
