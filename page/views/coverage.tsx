import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "preact/hooks";
import type { ViewProps } from "../app.tsx";
import { session } from "../api.ts";
import { formatBytes, formatDate, formatNumber } from "../formats.ts";
import { Button } from "../parts/button.tsx";
import { CheckField, SelectField, TextField } from "../parts/field.tsx";
import { Figure } from "../parts/figure.tsx";
import { Message } from "../parts/message.tsx";
import { hrefOf, replaceRoute } from "../router.ts";
import { useStore } from "../store.ts";
import { activeDay } from "./coverage/active_day.ts";
import { DatasetCard } from "./coverage/dataset_card.tsx";
import {
  countDays,
  type DatasetDays,
  lookOf,
} from "./coverage/dataset_days.ts";
import { dateOf, dayOf } from "./coverage/dates.ts";
import { DayPanel, forgetDays } from "./coverage/day_panel.tsx";
import {
  applyFilters,
  type Filters,
  filtersHref,
  readFilters,
  type ShownDataset,
} from "./coverage/filters.ts";
import { Legend } from "./coverage/legend.tsx";
import { useCoverage } from "./coverage/use_coverage.ts";

const NO_FILTERS: Filters = {
  ...{ name: "", group: "", gaps: false, looks: [], from: 0, to: 0 },
};

/** What the mirror has of each day of each dataset. */
export function CoverageView({ route }: ViewProps) {
  const known = useStore(session);
  const { head, datasets, isLoading, error, lookAgain } = useCoverage();
  const [filters, setFilters] = useState(() => readFilters(route));
  const set = (change: Partial<Filters>) => {
    const next = { ...filters, ...change };
    setFilters(next);
    replaceRoute(filtersHref(next));
  };

  // In the catalog's order, whenever each has come.
  const ordered = useMemo(() => {
    const order = known?.datasets.map(({ id }) => id) ?? [];
    return datasets.toSorted((a, b) =>
      order.indexOf(a.id) - order.indexOf(b.id)
    );
  }, [datasets.length, datasets, known]);
  const shown = applyFilters(ordered, filters);

  useEffect(() => forgetDays(), [datasets]);
  useEffect(() => () => activeDay.set(undefined), []);

  if (head === undefined || head.datasets === 0) {
    return (
      <>
        <h1>Coverage</h1>
        {error !== undefined
          ? (
            <Message kind="error" title="The coverage cannot be read">
              {error}
            </Message>
          )
          : head === undefined
          ? <p class="muted" role="status">Looking at the mirror …</p>
          : <Empty />}
      </>
    );
  }
  return (
    <>
      <h1 class="hidden">Coverage</h1>
      <Totals shown={shown} lastDue={head.lastDue} />
      <FilterBar
        {...{ filters, set, datasets: ordered, lookAgain, isLoading }}
      />
      <Legend
        years={shown.flatMap(({ years }) => years)}
        looks={filters.looks}
        onChange={(looks) => set({ looks })}
      />
      {error !== undefined && (
        <Message kind="warning" title="This may be old">{error}</Message>
      )}
      <p class="coverage-loading" role="status">
        {datasets.length < head.datasets &&
          `Looking at the files: ${datasets.length} of ${head.datasets} datasets`}
      </p>
      {shown.length === 0 && datasets.length >= head.datasets
        ? (
          <Message
            title={filters.gaps
              ? "There are no gaps"
              : "No dataset is like that"}
            action={<Button onClick={() => set(NO_FILTERS)}>Show all</Button>}
          >
            Of {head.datasets} datasets, none is left by what was chosen above.
          </Message>
        )
        : <Groups shown={shown} looks={filters.looks} />}
      <Others
        datasets={datasets}
        isComplete={datasets.length >= head.datasets}
      />
      <DayPanel />
    </>
  );
}

/** The sums over what is shown. */
function Totals(
  { shown, lastDue }: { shown: readonly ShownDataset[]; lastDue: string },
) {
  const years = shown.flatMap(({ years }) => years);
  const sum = (name: "files" | "bytes" | "parquetBytes") =>
    years.reduce((all, each) => all + each[name], 0);
  const [missing, damaged] = [
    countDays(years, ["missing"]),
    countDays(years, ["damaged"]),
  ];
  const newest = newestDay(shown, dayOf(lastDue));
  const parquet = sum("parquetBytes");
  return (
    <dl class="figures coverage-totals" aria-label="In all">
      <Figure label={shown.length === 1 ? "dataset" : "datasets"}>
        {formatNumber(shown.length)}
      </Figure>
      <Figure label="files">{formatNumber(sum("files"))}</Figure>
      <Figure label="on the disk">{formatBytes(sum("bytes"))}</Figure>
      {parquet > 0 && <Figure label="as Parquet">{formatBytes(parquet)}
      </Figure>}
      <Figure label="days missing" tone={missing > 0 ? "bad" : undefined}>
        {formatNumber(missing)}
      </Figure>
      {damaged > 0 && (
        <Figure label="damaged at source" tone="warn">
          {formatNumber(damaged)}
        </Figure>
      )}
      {newest !== undefined && (
        <Figure
          label={`here of ${formatDate(dateOf(newest.day))}, the last day due`}
          tone={newest.here < newest.due ? "bad" : undefined}
        >
          {newest.here} of {newest.due}
        </Figure>
      )}
    </dl>
  );
}

/** The last day of which files are due, how many are, and how many are here. */
function newestDay(
  shown: readonly ShownDataset[],
  lastDue: number,
): { day: number; here: number; due: number } | undefined {
  for (let day = lastDue; day > lastDue - 10; day--) {
    let here = 0, due = 0;
    for (const { data } of shown) {
      const look = lookOf(data, day);
      const isHere = look === "present" || look === "parquet" ||
        look === "released" || look === "damaged";
      here += Number(isHere);
      due += Number(isHere || look === "missing");
    }
    // A Sunday has crypto alone.
    if (due * 2 >= shown.length && due > 0) return { day, here, due };
  }
  return undefined;
}

function FilterBar({ filters, set, datasets, lookAgain, isLoading }: {
  filters: Filters;
  set: (change: Partial<Filters>) => void;
  datasets: readonly DatasetDays[];
  lookAgain: () => void;
  isLoading: boolean;
}) {
  const groups = [...new Set(datasets.map(({ group }) => group))];
  const years = [
    ...new Set(datasets.flatMap(({ years }) => years.map(({ year }) => year))),
  ].sort();
  const choices = (text: string) =>
    [["", text], ...years.map((year) => [`${year}`, `${year}`])] as [
      string,
      string,
    ][];
  return (
    <form
      class="row filters"
      role="search"
      aria-label="Which datasets"
      onSubmit={(event) => event.preventDefault()}
    >
      <TextField
        label="Dataset"
        type="search"
        placeholder="part of its name"
        value={filters.name}
        onInput={(name) => set({ name })}
      />
      <SelectField
        label="Class"
        value={filters.group}
        onInput={(group) => set({ group })}
        options={[
          ["", "all"],
          ...groups.map((each) => [each, each] as [string, string]),
        ]}
      />
      <SelectField
        label="From"
        value={filters.from ? `${filters.from}` : ""}
        onInput={(year) => set({ from: Number(year) })}
        options={choices("the first")}
      />
      <SelectField
        label="To"
        value={filters.to ? `${filters.to}` : ""}
        onInput={(year) => set({ to: Number(year) })}
        options={choices("the last")}
      />
      <CheckField checked={filters.gaps} onInput={(gaps) => set({ gaps })}>
        Only with gaps
      </CheckField>
      <Button
        onClick={lookAgain}
        disabled={isLoading}
        title="Looks at the files again: something may have changed them that was not Flatbed"
      >
        {isLoading ? "Looking …" : "Look again"}
      </Button>
    </form>
  );
}

/** The datasets, by their class, as many beside each other as there is room for. */
function Groups({ shown, looks }: {
  shown: readonly ShownDataset[];
  looks: Filters["looks"];
}) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    setRoom(element.clientWidth);
    const observer = new ResizeObserver(() => setRoom(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const groups = Map.groupBy(shown, ({ data }) => data.group);
  const columns = Math.max(1, Math.floor((room + GAP) / (LEAST + GAP)));
  const width = (room - (columns - 1) * GAP) / columns -
    2 * (room < 640 ? 10 : 16) - 2;
  return (
    <div ref={box} class="groups">
      {room > 0 &&
        [...groups].map(([group, members]) => (
          <section key={group} aria-label={group}>
            <h2>{group}</h2>
            <div
              class="datasets"
              style={{
                gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              }}
            >
              {members.map(({ data, years }) => (
                <DatasetCard
                  key={data.id}
                  {...{ data, years, looks }}
                  width={Math.floor(width)}
                />
              ))}
            </div>
          </section>
        ))}
    </div>
  );
}

/** Between two datasets, and the least width of one, in pixels. */
const GAP = 12;
const LEAST = 580;

/** A mirror of which nothing is known yet, and what to do. */
function Empty() {
  const known = useStore(session);
  if (known === undefined) return null;
  const { location, mirror, isReadOnly, hasCredentials } = known;
  const title = mirror === "other"
    ? "This folder is no mirror"
    : "There is nothing here yet";
  return (
    <Message
      title={title}
      action={!isReadOnly && (
        <p class="actions">
          <a
            class="button button-primary"
            href={hrefOf("do", [], { kind: "sync" })}
          >
            Choose what to fetch
          </a>
        </p>
      )}
    >
      {mirror === "other"
        ? (
          <>
            <span class="mono break">{location}</span> has other files. Start
            {" "}
            <code>flatbed ui --out FOLDER</code>{" "}
            with the folder of your mirror, or an empty one.
          </>
        )
        : isReadOnly
        ? (
          <>
            Nothing was fetched into <span class="mono break">{location}</span>
            {" "}
            so far: <code>flatbed sync</code> does so, or this page without{" "}
            <code>--read-only</code>.
          </>
        )
        : (
          <>
            Choose datasets and days: they are fetched into{" "}
            <span class="mono break">{location}</span>, and each of their days
            is a square here.
            {hasCredentials === false && (
              <>
                {" "}No credentials were found: <code>flatbed doctor</code>{" "}
                tells how to give them.
              </>
            )}
          </>
        )}
    </Message>
  );
}

/** The datasets of which the mirror has nothing. */
function Others({ datasets, isComplete }: {
  datasets: readonly DatasetDays[];
  isComplete: boolean;
}) {
  const known = useStore(session);
  const there = new Set(datasets.map(({ id }) => id));
  const others = known?.datasets.filter(({ id }) => !there.has(id)) ?? [];
  if (!isComplete || others.length === 0) return null;
  return (
    <section class="others">
      <h2>Not in this mirror</h2>
      <ul>
        {others.map(({ id }) => (
          <li key={id}>
            {known?.isReadOnly
              ? id
              : (
                <a href={hrefOf("do", [], { kind: "sync", dataset: id })}>
                  {id}
                </a>
              )}
          </li>
        ))}
      </ul>
    </section>
  );
}
