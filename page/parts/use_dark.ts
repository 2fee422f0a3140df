import { useEffect, useState } from "preact/hooks";

/** Whether the page is dark; a chart has no colours of its own, and is drawn again when that changes. */
export function useDark(): boolean {
  const [query] = useState(() => matchMedia("(prefers-color-scheme: dark)"));
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const tell = () => setDark(query.matches);
    query.addEventListener("change", tell);
    return () => query.removeEventListener("change", tell);
  }, [query]);
  return isDark;
}
