// Every colour and measure, once. Text colours keep a contrast of at least 4.5 on every surface they stand on.

export const TOKENS = `
:host {
  --paper: light-dark(#f5f4ef, #141512);
  --surface: light-dark(#ffffff, #1d1f1b);
  --sunken: light-dark(#f5f4ef, #171815);
  --line: light-dark(#e4e1d8, #31342e);
  --line-strong: light-dark(#8d897d, #7b7f74);
  --ink: light-dark(#1d1e1a, #edece6);
  --ink-soft: light-dark(#5c5a51, #aeaca2);
  --ticket: light-dark(#0f6b5c, #6ad2bb);
  --ticket-wash: light-dark(#e3f1ed, #17302a);
  --on-ticket: light-dark(#ffffff, #0c1d19);
  --jwt: light-dark(#8a5200, #efb65c);
  --jwt-wash: light-dark(#fbf0dc, #33270f);
  --good: light-dark(#1c7a43, #7dd69c);
  --bad: light-dark(#b3261e, #ff9d93);
  --you: light-dark(#5a4bb0, #b9aeff);
  --sans: Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  --mono: "JetBrains Mono", ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;

  /* Nothing of the page's own text style is inherited. */
  all: initial;
  display: block;
  color: var(--ink);
  font: 400 14px/1.5 var(--sans);
  -webkit-font-smoothing: antialiased;
}

:host([data-theme="auto"]) { color-scheme: light dark; }
:host([data-theme="light"]) { color-scheme: light; }
:host([data-theme="dark"]) { color-scheme: dark; }
:host([data-theme="page"]) { color-scheme: inherit; }

*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ul, ol, dl, dd, pre { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h2 { font-size: 15px; font-weight: 600; letter-spacing: -0.005em; }
h3 { color: var(--ink-soft); font-size: 12.5px; font-weight: 500; }
code, pre { font-family: var(--mono); font-size: 0.92em; }
:focus-visible { outline: 2px solid var(--ticket); outline-offset: 2px; }

.hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

.soft { color: var(--ink-soft); font-size: 12.5px; line-height: 1.4; overflow-wrap: anywhere; }
.empty { color: var(--ink-soft); font-size: 13.5px; }
.error { color: var(--bad); font-size: 12.5px; line-height: 1.4; overflow-wrap: anywhere; }
.block { display: grid; gap: 8px; min-width: 0; }

.button, .icon-button, .tab, .field, .launcher, .switch { color: inherit; font: inherit; }
.button, .icon-button, .tab, .launcher, .switch { cursor: pointer; }

.button {
  flex: none;
  padding: 6px 13px;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--surface);
  font-size: 13px;
  font-weight: 500;
  white-space: nowrap;
}
.button:hover, .icon-button:hover { border-color: var(--line-strong); }
.button[aria-pressed="true"] { border-color: var(--ticket); background: var(--ticket-wash); color: var(--ticket); }
.button--small { padding: 3px 10px; font-size: 12.5px; }

.icon-button {
  display: grid;
  width: 30px;
  height: 30px;
  flex: none;
  place-items: center;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--surface);
}

.icon {
  width: 18px;
  height: 18px;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.75;
  stroke-linecap: round;
  stroke-linejoin: round;
}

.commands { display: flex; flex-wrap: wrap; gap: 8px; }

@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
}
`
