import { useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { notify } from "./notices.tsx";

/** Copies a text, and says so. */
export function CopyButton(
  { text, label = "Copy" }: { text: string; label?: string },
) {
  const [isCopied, setCopied] = useState(false);
  return (
    <Button
      look="plain"
      onClick={async () => {
        try {
          await navigator.clipboard.writeText(text);
          setCopied(true);
          setTimeout(() => setCopied(false), 2000);
        } catch {
          notify(
            "error",
            "The browser does not allow copying: select the text, and copy it yourself",
          );
        }
      }}
    >
      {isCopied ? "Copied" : label}
    </Button>
  );
}
