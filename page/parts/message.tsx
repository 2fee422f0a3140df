import type { ComponentChildren } from "preact";

/** What a {@linkcode Message} says. */
export interface MessageProps {
  /** How bad it is; `note` by default. */
  kind?: "note" | "warning" | "error";
  /** What there is, in a few words. */
  title: string;
  /** One sentence on what to do. */
  children?: ComponentChildren;
  /** A button or a link. */
  action?: ComponentChildren;
}

/** A box in a view: that there is nothing yet, that something failed, and what to do. */
export function Message(
  { kind = "note", title, children, action }: MessageProps,
) {
  return (
    <section
      class={`message message-${kind}`}
      role={kind === "error"
        ? "alert"
        : kind === "warning"
        ? "status"
        : undefined}
    >
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </section>
  );
}
