import { wrap } from "./format.ts";

/** Wraps the paragraphs of a help text that are too wide; what is indented stays as it is. */
export function fitHelp(text: string, width: number): string {
  const blocks: string[][] = [];
  const isText = (line: string) => /^\S/.test(line);
  let wasText = false;
  for (const line of text.split("\n")) {
    if (isText(line) && wasText) blocks.at(-1)?.push(line);
    else blocks.push([line]);
    wasText = isText(line);
  }
  return blocks.map((lines) =>
    lines.some((line) => isText(line) && line.length > width)
      ? wrap(lines.join(" "), width, 0)
      : lines.join("\n")
  ).join("\n");
}
