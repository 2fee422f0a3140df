import { scanXml } from "./scan_xml.ts";

/** An element's texts by the names of its children; `null` where one stands twice, or holds elements. */
export type XmlFields = Map<string, string | null>;

/** What {@linkcode readXmlFields} finds. */
export interface XmlDocument {
  /** The name of the root element. */
  name: string;
  /** The fields of the root element. */
  root: XmlFields;
  /** The fields of its children that are entries, by their names. */
  entries: Record<string, XmlFields[]>;
}

/**
 * Reads the fields of a document, and of its entries.
 *
 * @param text An XML document.
 * @param entryNames The names of the root's children that have fields of their own.
 * @throws {Error} If it is not well-formed.
 */
export function readXmlFields(
  text: string,
  entryNames: readonly string[] = [],
): XmlDocument {
  const root: XmlFields = new Map();
  const entries: Record<string, XmlFields[]> = {};
  for (const name of entryNames) entries[name] = [];
  let rootName = "";
  let depth = 0;
  /** Whose children are read: the root's, or an entry's. */
  let fields = root;
  /** The depth of their texts. */
  let level = 2;
  let value = "";
  let hasElements = false;
  scanXml(text, {
    open(name) {
      depth++;
      if (depth === 1) rootName = name;
      const list = depth === 2 && entryNames.includes(name)
        ? entries[name]
        : undefined;
      if (list !== undefined) {
        fields = new Map();
        level = 3;
        list.push(fields);
      } else if (depth > level) {
        hasElements = true;
      }
      if (depth === level) [value, hasElements] = ["", false];
    },
    text(piece) {
      if (depth === level) value += piece;
    },
    close(name) {
      if (depth === level) {
        const isOne = !hasElements && !fields.has(name);
        fields.set(name, isOne ? value : null);
      } else if (depth === 2 && level === 3) {
        fields = root;
        level = 2;
      }
      depth--;
    },
  });
  return { name: rootName, root, entries };
}
