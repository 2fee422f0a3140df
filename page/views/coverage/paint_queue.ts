/** What is to be drawn, in the order in which it was asked for. */
const waiting = new Set<() => void>();
let frame = 0;

/**
 * Draws something before one of the next frames: one thing a frame, so that scrolling never
 * waits for several calendars at once.
 *
 * @returns Takes it back.
 */
export function paintLater(paint: () => void): () => void {
  waiting.add(paint);
  frame ||= requestAnimationFrame(next);
  return () => void waiting.delete(paint);
}

function next(): void {
  frame = 0;
  const [first] = waiting;
  if (first === undefined) return;
  waiting.delete(first);
  first();
  if (waiting.size > 0) frame = requestAnimationFrame(next);
}
