const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** A text as the content of an XML element; control characters become references, as S3 writes them. */
export function escapeXml(text: string): string {
  return text.replaceAll(
    // deno-lint-ignore no-control-regex -- keys may hold control characters
    /[&<>"'\u0000-\u001f\u007f]/g,
    (character) =>
      ENTITIES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

/** One element with a text in it. */
export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}

/** A whole document of one root element, whose content is XML already. */
export function document(root: string, content: string): string {
  const name = root.split(" ", 1)[0];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${name}>`;
}

/** The root attribute of S3's own answers. */
export const S3_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
