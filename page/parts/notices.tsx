import { createStore, useStore } from "../store.ts";
import { Button } from "./button.tsx";

interface Notice {
  id: number;
  kind: "done" | "error";
  text: string;
}

const notices = createStore<readonly Notice[]>([]);
let lastId = 0;
/** A notice that something was done goes away by itself; an error stays until it was read. */
const SHOWN_MS = 6000;

/** Tells that something was done, or that it failed, whichever view is open. */
export function notify(kind: Notice["kind"], text: string): void {
  const id = ++lastId;
  notices.set([...notices.get().slice(-3), { id, kind, text }]);
  if (kind === "done") setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Tells of an error that was thrown. */
export function notifyError(error: unknown): void {
  notify("error", error instanceof Error ? error.message : String(error));
}

function dismiss(id: number): void {
  notices.set(notices.get().filter((notice) => notice.id !== id));
}

/** The notices, in a corner, read out as they come. */
export function Notices() {
  const shown = useStore(notices);
  return (
    <div class="notices" role="log" aria-label="Notices" aria-live="polite">
      {shown.map(({ id, kind, text }) => (
        <div key={id} class={`notice notice-${kind}`}>
          <span>{text}</span>
          <Button
            look="plain"
            label="Close this notice"
            onClick={() =>
              dismiss(id)}
          >
            ✕
          </Button>
        </div>
      ))}
    </div>
  );
}
