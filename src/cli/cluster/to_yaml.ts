/** What a manifest is made of. What is `undefined` is left out. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [name: string]: YamlValue | undefined };

/** What is a string in every version of YAML without quotes; `no`, `1e3` and `2024-01-02` are not. */
const PLAIN = /^[A-Za-z/][\w./-]*$/;
const WORDS_OF_YAML = /^(y|n|yes|no|on|off|true|false|null)$/i;
/** What YAML does not allow as it is, or readers take for the end of a line. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cf}/gu;

/** A value as YAML, block style, ending with a line feed. */
export function toYaml(value: YamlValue): string {
  return `${linesOf(value).join("\n")}\n`;
}

/** A text as a scalar of YAML: JSON's strings are YAML's, once nothing unprintable is left. */
function scalarOf(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  if (PLAIN.test(value) && !WORDS_OF_YAML.test(value)) return value;
  return JSON.stringify(value).replaceAll(
    UNPRINTABLE,
    (character) =>
      Array.from(
        { length: character.length },
        (_, at) =>
          `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}

function linesOf(value: YamlValue): string[] {
  if (isList(value)) {
    if (value.length === 0) return ["[]"];
    return value.flatMap((item) =>
      linesOf(item).map((line, at) => `${at === 0 ? "- " : "  "}${line}`)
    );
  }
  if (typeof value !== "object") return [scalarOf(value)];
  const entries = Object.entries(value)
    .filter((entry): entry is [string, YamlValue] => entry[1] !== undefined);
  if (entries.length === 0) return ["{}"];
  return entries.flatMap(([name, inner]) => {
    const lines = linesOf(inner);
    const isBlock = typeof inner === "object" &&
      (isList(inner) ? inner.length > 0 : lines[0] !== "{}");
    return isBlock
      ? [`${scalarOf(name)}:`, ...lines.map((line) => `  ${line}`)]
      : [`${scalarOf(name)}: ${lines[0]}`];
  });
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}
