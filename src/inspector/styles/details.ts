// The tabs: time line, messages, tickets, metrics, scenarios.

export const DETAILS = `
.timeline, .messages, .scroll { min-height: 0; overflow-y: auto; overscroll-behavior: contain; }
.timeline, .messages { margin: 0 -8px; padding: 2px 8px; }

.event {
  --tone: var(--line-strong);
  position: relative;
  display: grid;
  padding: 4px 0 6px 18px;
  column-gap: 12px;
  font-size: 13px;
  grid-template-columns: minmax(0, 1fr) auto;
}
.event::before { position: absolute; top: 10px; left: 1px; width: 8px; height: 8px; border-radius: 50%; background: var(--tone); content: ""; }
.event:not(:last-child)::after { position: absolute; top: 22px; bottom: -7px; left: 4.5px; width: 1px; background: var(--line); content: ""; }
.event[data-tone="good"] { --tone: var(--good); }
.event[data-tone="warn"] { --tone: var(--jwt); }
.event[data-tone="bad"] { --tone: var(--bad); }
.event[data-tone="you"] { --tone: var(--you); }
.event[data-tone="you"] .event__title { color: var(--you); }
.event__title { font-weight: 500; overflow-wrap: anywhere; }
.event__ago { color: var(--ink-soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.phases { display: flex; flex-wrap: wrap; margin-top: 3px; color: var(--ink-soft); font-size: 11.5px; font-variant-numeric: tabular-nums; gap: 2px 10px; grid-column: 1 / -1; }
.phases__bar { display: flex; overflow: hidden; height: 4px; flex: 1 0 100%; border-radius: 2px; gap: 1px; }
.phases__bar span { min-width: 3px; background: var(--phase, var(--line-strong)); }
.phases__time { display: inline-flex; align-items: center; gap: 5px; }
.phases__time::before { width: 7px; height: 7px; border-radius: 2px; background: var(--phase, var(--line-strong)); content: ""; }
.event__detail { color: var(--ink-soft); font-size: 12px; grid-column: 1 / -1; line-height: 1.4; overflow-wrap: anywhere; }

.toolbar { display: flex; flex-wrap: wrap; flex: none; align-items: center; gap: 6px; }
.field { min-width: 0; padding: 4px 8px; border: 1px solid var(--line-strong); border-radius: 8px; background: var(--surface); font-size: 12.5px; }
.field--search { width: 100%; flex: 1 1 100%; }
select.field { flex: 1 1 0; padding: 4px 5px; }
.missed:empty { margin-top: -10px; }
.field::placeholder { color: var(--ink-soft); opacity: 1; }

.message {
  display: grid;
  align-items: baseline;
  padding: 4px 6px;
  border-radius: 7px;
  cursor: pointer;
  font-size: 12.5px;
  gap: 7px;
  grid-template-columns: auto fit-content(40%) minmax(0, 1fr) auto;
}
.message:hover { background: var(--sunken); }
.message:focus-visible { outline-offset: -2px; }
.message[aria-selected="true"] { background: var(--ticket-wash); }
.message__arrow { color: var(--ticket); font-weight: 700; }
.message[data-direction="out"] .message__arrow { color: var(--you); }
.message__type { overflow: hidden; min-width: 0; font-weight: 600; text-overflow: ellipsis; white-space: nowrap; }
.message__preview { overflow: hidden; color: var(--ink-soft); font-family: var(--mono); font-size: 11.5px; text-overflow: ellipsis; white-space: nowrap; }
.message__time { color: var(--ink-soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }

.detail { display: grid; min-height: 120px; max-height: 55%; flex: none; padding-top: 10px; border-top: 1px solid var(--line); gap: 4px; grid-template-columns: minmax(0, 1fr); grid-template-rows: auto auto minmax(0, 1fr); }
.detail__head { display: flex; align-items: center; gap: 6px; }
.detail__head h3 { min-width: 0; flex: 1; overflow: hidden; color: var(--ink); font-size: 13.5px; font-weight: 600; text-overflow: ellipsis; white-space: nowrap; }
.detail__body { overflow: auto; max-height: 220px; padding: 9px 11px; border-radius: 8px; background: var(--sunken); font-size: 12px; overflow-wrap: anywhere; white-space: pre-wrap; }

.table { width: 100%; border-collapse: collapse; font-size: 12.5px; }
.table th, .table td { padding: 5px 8px 5px 0; border-bottom: 1px solid var(--line); font-weight: 400; text-align: left; vertical-align: baseline; }
.table thead th { position: sticky; top: 0; background: var(--surface); color: var(--ink-soft); font-size: 12px; }
.table code { color: var(--ticket); font-weight: 600; }
.table th:last-child, .table .number { padding-right: 0; font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
.tag { margin-left: 6px; color: var(--ink-soft); font-size: 11px; }
.fate { font-weight: 500; }
.fate[data-fate="spare"], .fate[data-fate="opened"] { color: var(--good); }
.fate[data-fate="refused"] { color: var(--bad); }
.fate[data-fate="expired"], .fate[data-fate="dropped"], .fate[data-fate="replaced"] { color: var(--ink-soft); }

.metrics { display: grid; font-size: 13px; }
.metric { display: flex; justify-content: space-between; padding: 4px 0; border-bottom: 1px solid var(--line); gap: 16px; }
.metric dt { flex: none; color: var(--ink-soft); }
.metric dd { font-variant-numeric: tabular-nums; font-weight: 500; overflow-wrap: anywhere; text-align: right; }

.rows { display: grid; gap: 2px; }
.row { display: flex; align-items: center; justify-content: space-between; padding: 5px 0; border-bottom: 1px solid var(--line); font-size: 13px; gap: 12px; }
.switch { position: relative; width: 36px; height: 21px; flex: none; padding: 0; border: 1.5px solid var(--line-strong); border-radius: 99px; background: var(--sunken); transition: background 120ms; }
.switch::after { position: absolute; top: 2.5px; left: 2.5px; width: 13px; height: 13px; border-radius: 50%; background: var(--line-strong); content: ""; transition: transform 120ms; }
.switch[aria-checked="true"] { border-color: var(--ticket); background: var(--ticket); }
.switch[aria-checked="true"]::after { background: var(--on-ticket); transform: translateX(15px); }
`
