import type { ComponentChildren } from "preact";

/** What a {@linkcode Button} is. */
export interface ButtonProps {
  children: ComponentChildren;
  onClick?: (event: MouseEvent) => void;
  /** `primary` for the one thing that a form is for, `danger` for what loses something. */
  look?: "primary" | "normal" | "danger" | "plain";
  type?: "button" | "submit";
  disabled?: boolean;
  /** Whether it is switched on, for one that stays so. */
  pressed?: boolean;
  /** What it does, where its content does not say so. */
  label?: string;
  title?: string;
}

/** A button. */
export function Button(
  {
    children,
    onClick,
    look = "normal",
    type = "button",
    disabled,
    pressed,
    label,
    title,
  }: ButtonProps,
) {
  return (
    <button
      type={type}
      class={`button button-${look}`}
      onClick={onClick}
      disabled={disabled}
      aria-pressed={pressed}
      aria-label={label}
      title={title}
    >
      {children}
    </button>
  );
}
