import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./button.tsx";

/** Asks before something happens that loses something or takes long; Escape is no. */
export function ConfirmDialog(
  { title, children, confirm, onConfirm, onClose }: {
    /** What is about to happen, as a question. */
    title: string;
    /** What it means. */
    children: ComponentChildren;
    /** What the button says that does it. */
    confirm: string;
    onConfirm: () => void;
    /** Called when it was answered, either way. */
    onClose: () => void;
  },
) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onClose={onClose}
    >
      <h2 id={`${id}-title`}>{title}</h2>
      <div id={`${id}-text`} class="dialog-text">{children}</div>
      <div class="dialog-buttons">
        <Button onClick={() => dialog.current?.close()}>No, leave it</Button>
        <Button
          look="danger"
          onClick={() => {
            onConfirm();
            dialog.current?.close();
          }}
        >
          {confirm}
        </Button>
      </div>
    </dialog>
  );
}
