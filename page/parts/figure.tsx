import type { ComponentChildren } from "preact";

/** A figure with what it counts: `105,014` over `files`. Several stand in a `<dl class="figures">`. */
export function Figure(
  { label, children, tone }: {
    label: string;
    children: ComponentChildren;
    /** Whether it wants attention. */
    tone?: "bad" | "warn" | undefined;
  },
) {
  return (
    <div class={`figure${tone ? ` figure-${tone}` : ""}`}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
