import { useEffect, useId, useRef, useState } from "preact/hooks";

/** Whether a text is a date that exists, as `2024-01-31`. */
function isDate(text: string): boolean {
  if (!/^(19|20)\d\d-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) &&
    new Date(time).toISOString().startsWith(text);
}

/**
 * A date with its label, written as everywhere on the page: a browser's own field writes it
 * as the browser's language does. Its calendar is behind the button.
 */
export function DateField(
  { label, error, value, min, max, onInput }: {
    label: string;
    /** What is wrong with the date, besides that it may be none. */
    error?: string | undefined;
    /** A date, or nothing. */
    value: string;
    min?: string;
    max?: string;
    /** Is told a date that exists, or nothing. */
    onInput: (value: string) => void;
  },
) {
  const id = useId();
  const calendar = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const isWrong = typed !== "" && !isDate(typed);
  // A date that is still typed is not called wrong.
  const note = isWrong
    ? typed.length < 10 ? undefined : "Not a date such as 2024-01-31"
    : error;

  const tell = (text: string) => {
    setTyped(text);
    if (text === "" || isDate(text)) onInput(text);
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="date">
        <input
          id={id}
          type="text"
          inputMode="numeric"
          size={11}
          maxLength={10}
          value={typed}
          placeholder="YYYY-MM-DD"
          autocomplete="off"
          spellcheck={false}
          aria-invalid={isWrong || error !== undefined ? true : undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          onInput={(event) => tell(event.currentTarget.value.trim())}
          onBlur={() => isWrong && setTyped(value)}
        />
        <button
          type="button"
          class="date-calendar"
          aria-label={`${label}: calendar`}
          title="Calendar"
          onClick={() => calendar.current?.showPicker()}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 1.5v3M10.5 1.5v3" />
          </svg>
        </button>
        <input
          ref={calendar}
          type="date"
          class="date-hidden"
          tabIndex={-1}
          aria-hidden="true"
          value={isDate(typed) ? typed : ""}
          min={min}
          max={max}
          onInput={(event) => tell(event.currentTarget.value)}
        />
      </span>
      {note !== undefined && (
        <span id={`${id}-note`} class="field-error">{note}</span>
      )}
    </div>
  );
}
