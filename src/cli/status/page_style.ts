/** The styles of `status --html`, but for those of the days. */
export const PAGE_STYLE = `
:root {
  --text: #1f2328; --quiet: #59636e; --line: #d1d9e0; --ground: #ffffff; --accent: #0969da;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #f0f6fc; --quiet: #9198a1; --line: #3d444d; --ground: #0d1117; --accent: #4493f8;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 1rem; color: var(--text); background: var(--ground);
  font: 14px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums;
  print-color-adjust: exact;
}
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0; }
h3 { font-size: 0.8rem; font-weight: 400; color: var(--quiet); width: 2.2rem; margin: 0; padding-top: 8px; }
p { margin: 0.2rem 0 0.6rem; color: var(--quiet); }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.patterns { position: absolute; width: 0; height: 0; }
.scroll { overflow-x: auto; margin: 1rem 0; width: fit-content; max-width: 100%; }
table { border-collapse: collapse; white-space: nowrap; }
th, td { text-align: left; font-weight: 400; padding: 0.15rem 1.2rem 0.15rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); }
.number { text-align: right; }
.legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 0.3rem 1.5rem; margin: 0 0 1.5rem; }
dd { margin: 0 0 0 1.1rem; color: var(--quiet); }
section { border-top: 1px solid var(--line); padding: 0.8rem 0 1rem; content-visibility: auto; contain-intrinsic-size: auto 600px; }
.years { columns: 40rem; column-gap: 2rem; margin-top: 0.6rem; }
.year { display: flex; flex-wrap: wrap; gap: 0 6px; break-inside: avoid; padding-bottom: 6px; }
.year text { font-size: 9px; fill: var(--quiet); }
details { margin-bottom: 0.4rem; }
summary { cursor: pointer; }
.dates { display: flex; flex-wrap: wrap; gap: 0 1.5rem; list-style: none; padding: 0; margin: 0.3rem 0; }
@media (max-width: 45rem) {
  h3 { width: 100%; padding: 0; }
}`;
