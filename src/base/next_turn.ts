/** Lets everything else that waits for this thread have its turn, timers included. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** How long work may go on before something else has its turn, in milliseconds. */
const TURN = 12;

/**
 * Divides long work into turns: what is returned is to be called often, and awaited where it
 * returns a promise.
 *
 * @returns Waits for the next turn once the present one is over; else nothing.
 */
export function takingTurns(): () => Promise<void> | undefined {
  let until = performance.now() + TURN;
  return () => {
    if (performance.now() < until) return undefined;
    return nextTurn().then(() => {
      until = performance.now() + TURN;
    });
  };
}
