// The left column: status, wire, prefetched ticket, chain, chart, facts.

export const CONNECTION = `
.connection__head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 6px 12px; }

.status, .wire, .launcher { --state: var(--line-strong); }
[data-status="open"] { --state: var(--good); }
[data-status="connecting"], [data-status="reconnecting"] { --state: var(--jwt); }
[data-status="failed"] { --state: var(--bad); }

.status { display: flex; align-items: baseline; font-weight: 500; gap: 8px; }
.status__dot { width: 9px; height: 9px; flex: none; border-radius: 50%; background: var(--state); }
[data-status="connecting"] .status__dot, [data-status="reconnecting"] .status__dot { animation: breathe 1s ease-in-out infinite; }
@keyframes breathe { 50% { opacity: 0.35; } }
.status__wait:empty { display: none; }
.status__wait { color: var(--ink-soft); font-variant-numeric: tabular-nums; font-weight: 400; }

.wire { display: flex; align-items: center; gap: 8px; }
.wire__end {
  display: grid;
  flex: none;
  justify-items: center;
  padding: 7px 9px 5px;
  border: 1px solid var(--line);
  border-radius: 10px;
  font-size: 11.5px;
  gap: 2px;
}
.wire__line { height: 0; min-width: 10px; flex: 1; border-top: 2px dotted var(--state); }
.wire[data-status="open"] .wire__line { border-top-style: solid; }
.wire[data-status="connecting"] .wire__line, .wire[data-status="reconnecting"] .wire__line { border-top-style: dashed; }
.wire__method {
  flex: none;
  padding: 3px 11px;
  border-radius: 99px;
  background: var(--sunken);
  color: var(--ink-soft);
  font-size: 13px;
  font-weight: 600;
}
.wire__method[data-method="ticket"] { background: var(--ticket-wash); color: var(--ticket); }
.wire__method[data-method="jwt"] { background: var(--jwt-wash); color: var(--jwt); }

.flight { position: relative; }
.flight__plot { display: block; width: 100%; border-radius: 8px; background: var(--sunken); overflow: hidden; }
.flight__grid { fill: none; stroke: var(--line); stroke-width: 1; }
.flight__loss { fill: none; stroke: var(--bad); stroke-dasharray: 3 3; stroke-width: 1.5; }
.flight__line { fill: none; stroke: var(--ticket); stroke-linejoin: round; stroke-width: 1.75; }
.flight__dot { fill: var(--ticket); }
.flight__scale { position: absolute; top: 3px; right: 8px; color: var(--ink-soft); font-size: 11px; }
.flight__foot { display: flex; flex-wrap: wrap; justify-content: space-between; color: var(--ink-soft); font-size: 11.5px; gap: 2px 12px; }
.legend { display: inline-flex; flex-wrap: wrap; gap: 2px 10px; }
.legend__item { display: inline-flex; align-items: center; gap: 5px; }
.legend__item::before { width: 9px; height: 9px; border-radius: 2px; background: var(--phase, var(--line-strong)); content: ""; }
[data-phase="authenticating"] { --phase: color-mix(in srgb, var(--you) 45%, var(--surface)); }
[data-phase="opening"] { --phase: color-mix(in srgb, var(--you) 70%, var(--surface)); }
[data-phase="confirming"] { --phase: var(--you); }
[data-phase="open"] { --phase: var(--good); }
[data-phase="waiting"] { --phase: var(--jwt); }
[data-phase="failed"] { --phase: var(--bad); }
[data-phase="idle"] { --phase: var(--line); }
.flight__phase { fill: var(--phase, var(--line-strong)); }

.stub {
  --notch: 8px;
  --tear: 60%;
  display: grid;
  min-height: 86px;
  border-radius: 10px;
  background: var(--ticket-wash);
  grid-template-columns: var(--tear) 1fr;
  mask:
    radial-gradient(circle var(--notch) at var(--tear) 0, #0000 98%, #000) top / 100% 51% no-repeat,
    radial-gradient(circle var(--notch) at var(--tear) 100%, #0000 98%, #000) bottom / 100% 51% no-repeat;
}
.stub__body {
  display: grid;
  align-content: center;
  padding: 12px 16px;
  border-right: 2px dotted color-mix(in srgb, var(--ticket) 45%, transparent);
  gap: 2px;
}
.stub__label, .stub__times dt { color: var(--ink-soft); font-size: 11.5px; }
.stub__handle { color: var(--ticket); font-size: 16px; font-weight: 600; letter-spacing: -0.02em; }
.stub__bar { overflow: hidden; height: 4px; margin-top: 8px; border-radius: 2px; background: color-mix(in srgb, var(--ticket) 22%, transparent); }
.stub__bar span { display: block; height: 100%; background: var(--ticket); transform-origin: left; transition: transform 250ms linear; }
.stub__times { display: grid; align-content: center; padding: 8px 8px 8px 16px; gap: 4px; }
.stub__times dd { font-size: 15px; font-variant-numeric: tabular-nums; font-weight: 600; line-height: 1.2; }
.stub--none {
  min-height: 58px;
  border: 1.5px dashed var(--line-strong);
  background: none;
  color: var(--ink-soft);
  font-size: 13px;
  grid-template-columns: 1fr;
  mask: none;
  place-content: center;
  text-align: center;
}

.chain { display: grid; overflow: hidden; border: 1px solid var(--line); border-radius: 10px; font-size: 13px; grid-template-columns: 1fr 1fr 1.4fr; }
.chain__link { padding: 5px 8px; color: var(--ink-soft); text-align: center; }
.chain__link + .chain__link { border-left: 1px solid var(--line); }
.chain__link[aria-current] { background: var(--ticket-wash); color: var(--ticket); font-weight: 600; }
.chain__link[aria-current][data-method="jwt"] { background: var(--jwt-wash); color: var(--jwt); }
.chain__link[data-skipped] { text-decoration: line-through; }
.pips { display: flex; align-items: center; font-size: 13px; gap: 10px; }
.pips__row { display: inline-flex; gap: 5px; }
.pip { width: 11px; height: 11px; border: 1.5px solid var(--line-strong); border-radius: 50%; }
.pip[data-lit] { border-color: var(--bad); background: var(--bad); }
.reverted { display: grid; justify-items: start; padding: 10px 14px; border-radius: 10px; background: var(--jwt-wash); font-size: 13px; gap: 8px; }
.reverted strong { color: var(--jwt); }

.facts { display: grid; padding-top: 12px; border-top: 1px solid var(--line); gap: 8px 16px; grid-template-columns: 1fr 1fr; }
.fact { min-width: 0; }
.fact dt { color: var(--ink-soft); font-size: 12px; }
.fact dd { overflow: hidden; font-size: 14px; font-variant-numeric: tabular-nums; font-weight: 500; line-height: 1.35; text-overflow: ellipsis; }
`
