import type { ActivityInfo } from "../../../src/web/ui/api_types.ts";
import { STATES } from "./words.ts";

/** How an activity is: a mark and a word. */
export function StateMark({ state }: { state: ActivityInfo["state"] }) {
  const { mark, word, tone } = STATES[state];
  return (
    <span class={`now-state now-${tone}`}>
      <span aria-hidden="true" class="now-mark">{mark}</span>
      {word}
    </span>
  );
}
