import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  /** What is asked for. */
  label: string;
  /** What one should know before answering. */
  hint?: string;
  /** What is wrong with the answer. */
  error?: string | undefined;
  value: string;
  onInput: (value: string) => void;
  disabled?: boolean;
}

/** A line of text with its label. */
export function TextField(
  {
    label,
    hint,
    error,
    value,
    onInput,
    disabled,
    type = "text",
    placeholder,
    list,
    min,
    max,
    onEnter,
  }:
    & FieldProps
    & {
      type?: "text" | "search" | "number";
      placeholder?: string;
      /** What is suggested. */
      list?: readonly string[];
      min?: string;
      max?: string;
      /** What Enter does; what a form does if there is nothing. */
      onEnter?: () => void;
    },
) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={type}
        value={value}
        placeholder={placeholder}
        disabled={disabled}
        min={min}
        max={max}
        autocomplete="off"
        spellcheck={false}
        list={list && `${id}-list`}
        aria-invalid={error !== undefined ? true : undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={onEnter && ((event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          onEnter();
        })}
      />
      {list && (
        <datalist id={`${id}-list`}>
          {list.map((each) => <option key={each} value={each} />)}
        </datalist>
      )}
      {note !== undefined && (
        <span id={`${id}-note`} class={error ? "field-error" : "field-hint"}>
          {note}
        </span>
      )}
    </div>
  );
}

/** A choice of one of some. */
export function SelectField(
  { label, hint, error, value, onInput, disabled, options }: FieldProps & {
    options: readonly (readonly [value: string, text: string])[];
  },
) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        disabled={disabled}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onInput={(event) => onInput(event.currentTarget.value)}
      >
        {options.map(([each, text]) => (
          <option key={each} value={each}>{text}</option>
        ))}
      </select>
      {note !== undefined && (
        <span id={`${id}-note`} class={error ? "field-error" : "field-hint"}>
          {note}
        </span>
      )}
    </div>
  );
}

/** A yes or no. */
export function CheckField(
  { children, checked, onInput, disabled }: {
    children: ComponentChildren;
    checked: boolean;
    onInput: (checked: boolean) => void;
    disabled?: boolean;
  },
) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onInput={(event) => onInput(event.currentTarget.checked)}
      />
      <span>{children}</span>
    </label>
  );
}
