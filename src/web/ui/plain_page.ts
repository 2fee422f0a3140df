import { cookieOf } from "./guard.ts";
import { secure } from "./headers.ts";
import type { Secrets } from "./secrets.ts";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:12vh auto;padding:0 1.5em}h1{font-size:1.3em}code{background:#8883;padding:.1em .3em;border-radius:3px}";

let hash: Promise<string> | undefined;

/**
 * A page of a few words, for somebody who cannot have the real one.
 *
 * @param status The HTTP status.
 * @param title The title, in HTML.
 * @param body What follows it, in HTML.
 * @param head What else belongs into the head.
 */
export async function plainPage(
  status: number,
  title: string,
  body: string,
  head = "",
): Promise<Response> {
  const source = `'sha256-${await (hash ??= styleHash())}'`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">${head}
<title>${title} – Flatbed</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  return secure(
    new Response(html, {
      status,
      headers: { "content-type": "text/html; charset=utf-8" },
    }),
    { "style-src": source },
  );
}

async function styleHash(): Promise<string> {
  const bytes = new TextEncoder().encode(STYLE);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
    .toBase64();
}

/** The page for somebody who comes without the cookie. */
export function strangerPage(): Promise<Response> {
  return plainPage(
    401,
    "Open the address that was printed",
    `<p>This page belongs to whoever started <code>flatbed ui</code>. Copy the whole address from
that terminal, with <code>?token=…</code> at its end.</p>
<p>If it was started again since, its address is a new one.</p>`,
  );
}

/** The page for whoever comes with an address that was good once. */
export function usedPage(): Promise<Response> {
  return plainPage(
    401,
    "This address was used before",
    `<p>It is good once, and somebody came with it before you: the browser itself, or another
user of this machine. Whoever it was has been shut out.</p>
<p>Copy the address that <code>flatbed ui</code> printed in its terminal.</p>`,
  );
}

/**
 * Gives the cookie, and leads to the page, so that the token does not stay in the address.
 * What a `POST` needs goes along in the address's fragment, from which the page takes it: a
 * cookie is sent to all ports of a host, and who has the cookie alone can change nothing.
 *
 * @param secrets The server's secrets.
 */
export async function welcomePage(secrets: Secrets): Promise<Response> {
  const next = `/#key=${secrets.post}`;
  // The page itself leads on: a browser that came by a link elsewhere would not send the
  // cookie after a redirect.
  const page = await plainPage(
    200,
    "One moment",
    `<p><a href="${next}">Open Flatbed</a></p>`,
    `\n<meta http-equiv="refresh" content="0;url=${next}">`,
  );
  page.headers.set("set-cookie", cookieOf(secrets));
  return page;
}
