/** Lets everything else that waits for this thread have its turn, timers included. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
