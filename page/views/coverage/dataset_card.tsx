import {
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "preact/hooks";
import { DAY_LOOKS, type DayLookName } from "../../../src/web/day_looks.ts";
import {
  formatBytes,
  formatCount,
  formatDate,
  formatNumber,
} from "../../formats.ts";
import { activeDay } from "./active_day.ts";
import {
  countDays,
  type DatasetDays,
  lookOf,
  type YearSums,
} from "./dataset_days.ts";
import { dateOf, newYearOf, yearOf } from "./dates.ts";
import { DayMark } from "./day_mark.tsx";
import { drawCalendar } from "./draw_calendar.ts";
import { dayAt, layOut, placeOf, shownDay } from "./layout.ts";
import { paintLater } from "./paint_queue.ts";
import { onSchemeChange } from "./sprites.ts";

/** What a {@linkcode DatasetCard} shows. */
export interface DatasetCardProps {
  data: DatasetDays;
  years: readonly YearSums[];
  /** The days that are looked for; all others are faint. */
  looks: readonly DayLookName[];
  /** The room for the calendar, in pixels. */
  width: number;
}

/** Calendars that are so many pixels away from the screen are drawn already. */
const AHEAD = "700px 0px";

/** A dataset: its name, its sums, and its calendar, years down. */
export function DatasetCard({ data, years, looks, width }: DatasetCardProps) {
  const id = useId();
  const [isNear, setNear] = useState(false);
  const card = useRef<HTMLElement>(null);
  const layout = layOut(width, years.length, devicePixelRatio);

  useEffect(() => {
    if (card.current === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => setNear(entry?.isIntersecting ?? false),
      { rootMargin: AHEAD },
    );
    observer.observe(card.current);
    return () => observer.disconnect();
  }, []);

  return (
    <section class="dataset" ref={card} aria-labelledby={id}>
      <CardHead id={id} data={data} years={years} />
      {data.problem !== undefined
        ? <p class="dataset-problem">{data.problem}</p>
        : (
          <div class="calendar" style={{ height: `${layout.height}px` }}>
            {isNear && (
              <>
                <Canvas {...{ data, years, looks, layout }} />
                <Years {...{ years, layout }} />
              </>
            )}
            <Grid {...{ data, years, layout }} />
          </div>
        )}
    </section>
  );
}

function CardHead({ id, data, years }: {
  id: string;
  data: DatasetDays;
  years: readonly YearSums[];
}) {
  const sum = (name: "files" | "bytes" | "parquetBytes") =>
    years.reduce((all, each) => all + each[name], 0);
  const [missing, damaged] = [
    countDays(years, ["missing"]),
    countDays(years, ["damaged"]),
  ];
  const parquet = sum("parquetBytes");
  return (
    <header class="dataset-head">
      <h3 id={id}>{data.id}</h3>
      <p class="dataset-sums">
        {[
          formatCount(sum("files"), "file"),
          formatBytes(sum("bytes")),
          parquet > 0 && `${formatBytes(parquet)} Parquet`,
        ].filter(Boolean).join(" · ")}
      </p>
      <p class="dataset-state">
        {missing > 0 && (
          <span class="bad">
            <DayMark name="missing" /> {formatNumber(missing)} missing
          </span>
        )}
        {damaged > 0 && (
          <span class="warn">
            <DayMark name="damaged" /> {formatNumber(damaged)} damaged
          </span>
        )}
        {missing + damaged === 0 && data.problem === undefined && (
          <span class="good">no gaps</span>
        )}
      </p>
    </header>
  );
}

type CalendarProps = Pick<DatasetCardProps, "data" | "years"> & {
  layout: ReturnType<typeof layOut>;
};

function Canvas(
  { data, years, looks, layout }: CalendarProps & {
    looks: readonly DayLookName[];
  },
) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [scheme, setScheme] = useState(0);
  useEffect(() => onSchemeChange(() => setScheme((n) => n + 1)), []);
  useLayoutEffect(() => {
    const { current } = canvas;
    if (current === null) return;
    return paintLater(() => drawCalendar(current, layout, data, years, looks));
  }, [
    data,
    years.length,
    years[0]?.year,
    looks.join(),
    layout.width,
    layout.density,
    scheme,
  ]);
  return (
    <canvas
      ref={canvas}
      class="calendar-image"
      aria-hidden="true"
      style={{ width: `${layout.width}px`, height: `${layout.height}px` }}
    />
  );
}

/** What there is of each year, beside its squares. */
function Years({ years, layout }: Omit<CalendarProps, "data">) {
  return (
    <ul
      class={`years${layout.left === 0 ? " years-above" : ""}`}
      aria-label="Years"
    >
      {years.map((sums, index) => {
        const missing = countDays([sums], ["missing"]);
        return (
          <li
            key={sums.year}
            style={{ top: `${layout.head + index * layout.step}px` }}
          >
            <b>{sums.year}</b>
            <span>{formatCount(sums.files, "file")}</span>
            <span>{formatBytes(sums.bytes)}</span>
            {missing > 0 && (
              <span class="bad">{formatNumber(missing)} missing</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** The days for the pointer, the keyboard and screen readers: one cell, which moves. */
function Grid({ data, years, layout }: CalendarProps) {
  const box = useRef<HTMLDivElement>(null);
  const hover = useRef<HTMLDivElement>(null);
  const cell = useRef<HTMLDivElement>(null);
  const [day, setDay] = useState(data.lastDay);
  const wantsFocus = useRef(false);
  const isReturning = useRef(false);
  const at = years.length === 0 ? undefined : shownDay(years, data, day, false);
  const place = at === undefined ? undefined : placeOf(layout, years, at);

  const activate = (chosen: number, by: "pointer" | "keyboard" | "choice") => {
    const where = placeOf(layout, years, chosen);
    const bounds = box.current?.getBoundingClientRect();
    if (where === undefined || bounds === undefined) return;
    activeDay.set({
      ...{ data, day: chosen, by },
      goBack() {
        isReturning.current = true;
        cell.current?.focus({ preventScroll: true });
        isReturning.current = false;
      },
      place: {
        left: bounds.left + scrollX + where.x,
        top: bounds.top + scrollY + where.y,
        size: layout.side,
      },
    });
  };

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    cell.current?.focus();
  }, [at]);

  const pointed = (event: PointerEvent): number | undefined => {
    const bounds = box.current?.getBoundingClientRect();
    if (bounds === undefined) return undefined;
    const found = dayAt(
      layout,
      years,
      event.clientX - bounds.left,
      event.clientY - bounds.top,
    );
    return found === undefined || lookOf(data, found) === undefined
      ? undefined
      : found;
  };
  const ring = (found: number | undefined) => {
    const where = found === undefined
      ? undefined
      : placeOf(layout, years, found);
    const style = hover.current?.style;
    if (style === undefined) return;
    style.display = where === undefined ? "none" : "block";
    if (where === undefined) return;
    style.transform = `translate(${where.x - 2}px, ${where.y - 2}px)`;
    style.width = style.height = `${layout.side + 4}px`;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (at === undefined) return;
    const year = yearOf(at);
    const next = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 7,
      ArrowRight: at + 7,
      Home: event.ctrlKey ? data.firstDay : newYearOf(year),
      End: event.ctrlKey ? data.lastDay : newYearOf(year + 1) - 1,
      // Later years are above.
      PageUp: at + 364,
      PageDown: at - 364,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      const moved = shownDay(years, data, next, next > at);
      if (moved === at) return;
      wantsFocus.current = true;
      setDay(moved);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      activate(at, "choice");
    } else if (event.key === "Escape") activeDay.set(undefined);
  };

  const look = at === undefined ? undefined : lookOf(data, at);
  return (
    <div
      ref={box}
      class="days"
      role="grid"
      aria-label={`Days of ${data.id}: arrow keys go by day and week, page keys by year`}
      aria-colcount={54}
      aria-rowcount={years.length * 7}
      onKeyDown={onKeyDown}
      onPointerMove={(event) => {
        if (event.pointerType === "touch") return;
        const found = pointed(event);
        ring(found);
        const now = activeDay.get();
        if (now?.by === "choice") return;
        if (found === undefined) activeDay.set(undefined);
        else if (now?.day !== found || now.data !== data) {
          activate(
            found,
            "pointer",
          );
        }
      }}
      onPointerLeave={() => {
        ring(undefined);
        if (activeDay.get()?.by === "pointer") activeDay.set(undefined);
      }}
      onClick={(event) => {
        const found = pointed(event as unknown as PointerEvent);
        if (found === undefined) return activeDay.set(undefined);
        setDay(found);
        activate(found, "choice");
      }}
    >
      <div class="day-hover" ref={hover} />
      {at !== undefined && place !== undefined && (
        <div role="row" aria-rowindex={1}>
          <div
            key={at}
            ref={cell}
            role="gridcell"
            tabIndex={0}
            class="day-cell"
            aria-label={`${formatDate(dateOf(at))}: ${
              look === undefined ? "before the first day" : DAY_LOOKS[look].name
            }`}
            style={{
              transform: `translate(${place.x - 2}px, ${place.y - 2}px)`,
              width: `${layout.side + 4}px`,
              height: `${layout.side + 4}px`,
            }}
            onFocus={() =>
              activate(at, "keyboard")}
            onBlur={() => {
              if (activeDay.get()?.by === "keyboard") {
                activeDay.set(undefined);
              }
            }}
          />
        </div>
      )}
    </div>
  );
}
