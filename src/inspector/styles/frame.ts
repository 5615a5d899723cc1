// Where the panel stands, its head, and its two columns: side by side where there is room.

export const FRAME = `
:host([data-place="inline"]) { height: 100%; min-width: 0; min-height: 0; }

:host([data-place="floating"]) {
  position: fixed;
  z-index: 2147483000;
  right: 12px;
  bottom: calc(12px + var(--slot) * 46px);
}

/* Folded, several stand above each other. Unfolded, one has the corner for itself; the one with the focus is on top. */
:host([data-place="floating"][data-open]) { z-index: 2147483001; bottom: 12px; }
:host([data-place="floating"]:focus-within) { z-index: 2147483002; }

.panel {
  display: flex;
  height: 100%;
  min-height: 0;
  flex-direction: column;
  border: 1px solid var(--line);
  border-radius: 14px;
  background: var(--surface);
  box-shadow: 0 1px 2px light-dark(rgb(40 36 20 / 7%), rgb(0 0 0 / 40%));
  container: panel / inline-size;
}

:host([data-place="floating"]) .panel {
  width: min(780px, calc(100vw - 24px));
  height: min(640px, calc(100vh - 24px));
  box-shadow: 0 12px 40px light-dark(rgb(40 36 20 / 22%), rgb(0 0 0 / 60%));
}

.head {
  display: flex;
  flex: none;
  align-items: center;
  padding: 9px 12px 9px 14px;
  border-bottom: 1px solid var(--line);
  gap: 9px;
}

.head__mark {
  display: grid;
  width: 26px;
  height: 26px;
  place-items: center;
  border-radius: 8px;
  background: var(--ticket);
  color: var(--on-ticket);
}

.head__name { overflow: hidden; min-width: 0; font-weight: 600; letter-spacing: -0.01em; text-overflow: ellipsis; white-space: nowrap; }
.said { min-width: 0; flex: 1; overflow: hidden; color: var(--ink-soft); font-size: 12.5px; text-overflow: ellipsis; }
.head__buttons { display: flex; margin-left: auto; gap: 6px; }

.body {
  display: grid;
  min-height: 0;
  flex: 1;
  align-content: start;
  overflow-y: auto;
}

.connection { display: grid; min-width: 0; align-content: start; padding: 14px 16px 16px; gap: 14px; }
.tabs { display: flex; min-width: 0; min-height: 0; flex-direction: column; border-top: 1px solid var(--line); }
.tablist { display: flex; flex: none; overflow-x: auto; padding: 6px 8px 0; border-bottom: 1px solid var(--line); gap: 2px; scrollbar-width: none; }
.tabpanel { display: flex; min-height: 260px; flex: 1; flex-direction: column; }
.pane { display: flex; min-height: 0; flex: 1; flex-direction: column; padding: 12px 16px; gap: 10px; }
.pane--scroll { overflow-y: auto; gap: 16px; }
.timeline, .messages, .scroll { max-height: 420px; }

.tab {
  padding: 7px 7px 8px;
  border: 0;
  border-bottom: 2px solid transparent;
  margin-bottom: -1px;
  background: none;
  color: var(--ink-soft);
  font-size: 12.5px;
  font-weight: 500;
  white-space: nowrap;
}
.tab:hover { color: var(--ink); }
.tab:focus-visible { outline-offset: -3px; }
.tab[aria-selected="true"] { border-bottom-color: var(--ticket); color: var(--ticket); }

@container panel (min-width: 620px) {
  .body {
    align-content: stretch;
    overflow: hidden;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1.2fr);
    grid-template-rows: minmax(0, 1fr);
  }
  .connection { overflow-y: auto; }
  .tabs { border-top: 0; border-left: 1px solid var(--line); }
  .tabpanel { min-height: 0; }
  .timeline, .messages, .scroll { max-height: none; }
}

.launcher {
  display: inline-flex;
  align-items: center;
  padding: 8px 14px 8px 11px;
  border: 1px solid var(--line);
  border-radius: 99px;
  background: var(--surface);
  box-shadow: 0 4px 16px light-dark(rgb(40 36 20 / 18%), rgb(0 0 0 / 50%));
  font-size: 13px;
  font-weight: 500;
  gap: 8px;
}
.launcher__title { margin-right: -4px; overflow: hidden; max-width: 20ch; text-overflow: ellipsis; white-space: nowrap; }
.launcher .icon { color: var(--ticket); }
.launcher:hover { border-color: var(--line-strong); }
`
