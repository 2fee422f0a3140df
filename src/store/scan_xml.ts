/** Receives the parts of a document in order. Names are without namespace prefixes. */
export interface XmlListener {
  /** An element begins. */
  open(name: string): void;
  /** Text with its references resolved; adjacent text may arrive in pieces. */
  text(text: string): void;
  /** An element ends. */
  close(name: string): void;
}

/** How deep elements may be nested: more than in any answer of S3. */
const MAX_DEPTH = 32;

const NAME = /[A-Za-z_][\w.:-]*/y;
/** What follows a tag's name: attributes are skipped. */
const TAG_END =
  /(?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>/y;
const REFERENCE = /&(?:#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))|(\w{1,8}));|&/g;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

/**
 * Reads an XML document of the kind that S3 services answer with: elements, attributes,
 * text, references, comments, CDATA and processing instructions. A document type is
 * refused, since it can define entities that grow without bound.
 *
 * @throws {Error} If it is not well-formed.
 */
export function scanXml(text: string, listener: XmlListener): void {
  const open: string[] = [];
  let hasRoot = false;
  let at = 0;
  while (at < text.length) {
    const tag = text.indexOf("<", at);
    const end = tag === -1 ? text.length : tag;
    if (end > at) tell(text.slice(at, end));
    if (tag === -1) break;
    at = tag + 1;
    switch (text.charCodeAt(at)) {
      case 0x2f: // "/"
        at = readClose(at + 1);
        break;
      case 0x21: // "!"
        at = readMarked(at);
        break;
      case 0x3f: // "?"
        at = behind("?>", at);
        break;
      default:
        at = readOpen(at);
    }
  }
  if (open.length > 0 || !hasRoot) throw new Error("its XML ends early");

  function tell(piece: string): void {
    if (open.length > 0) {
      listener.text(piece.includes("&") ? resolve(piece) : piece);
    } else if (/[^\s\ufeff]/.test(piece)) {
      throw new Error("its XML has text around the document");
    }
  }

  function readOpen(from: number): number {
    const name = nameAt(from);
    if (open.length === 0 && hasRoot) {
      throw new Error("its XML has two documents");
    }
    hasRoot = true;
    if (open.push(name) > MAX_DEPTH) throw new Error("its XML is too deep");
    listener.open(local(name));
    let next = from + name.length;
    if (text.charCodeAt(next) === 0x3e) return next + 1; // ">"
    TAG_END.lastIndex = next;
    const match = TAG_END.exec(text);
    if (match === null) throw new Error(`its XML has a broken tag <${name}`);
    next = TAG_END.lastIndex;
    if (match[1] === "/") close(name);
    return next;
  }

  function readClose(from: number): number {
    const expected = open.at(-1) ?? "";
    const then = from + expected.length;
    // The fast path: nearly every tag is closed in this form.
    if (text.charCodeAt(then) === 0x3e && text.startsWith(expected, from)) {
      close(expected);
      return then + 1;
    }
    const name = nameAt(from);
    let next = from + name.length;
    while (/\s/.test(text.charAt(next))) next++;
    if (text.charCodeAt(next) !== 0x3e) {
      throw new Error(`its XML has a broken tag </${name}`);
    }
    close(name);
    return next + 1;
  }

  function close(name: string): void {
    if (open.pop() !== name) {
      throw new Error(`its XML closes <${name}> where it is not open`);
    }
    listener.close(local(name));
  }

  function readMarked(from: number): number {
    if (text.startsWith("!--", from)) return behind("-->", from + 3);
    if (open.length > 0 && text.startsWith("![CDATA[", from)) {
      const next = behind("]]>", from);
      listener.text(text.slice(from + "![CDATA[".length, next - 3));
      return next;
    }
    throw new Error("its XML has a document type, or the like");
  }

  function behind(ending: string, from: number): number {
    const found = text.indexOf(ending, from);
    if (found === -1) throw new Error("its XML ends early");
    return found + ending.length;
  }

  function nameAt(from: number): string {
    NAME.lastIndex = from;
    if (!NAME.test(text)) throw new Error("its XML has a tag without a name");
    return text.slice(from, NAME.lastIndex);
  }
}

/** A name without the prefix of its namespace. */
function local(name: string): string {
  return name.includes(":") ? name.slice(name.lastIndexOf(":") + 1) : name;
}

function resolve(text: string): string {
  return text.replace(REFERENCE, (reference, hex, decimal, entity) => {
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    // XML knows no NUL, and keys can hold one.
    const isCharacter = code <= 0x10ffff &&
      !(code >= 0xd800 && code <= 0xdfff);
    const character = entity === undefined
      ? isCharacter ? String.fromCodePoint(code) : undefined
      : Object.hasOwn(ENTITIES, entity)
      ? ENTITIES[entity]
      : undefined;
    if (character !== undefined) return character;
    throw new Error(`its XML has an unknown reference ${reference}`);
  });
}
