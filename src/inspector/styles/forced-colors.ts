// Where the system sets the colours, backgrounds disappear and every border has the colour of text. An outline or a system
// colour replaces each background and transparent border that carries meaning elsewhere. Must come last.

export const FORCED_COLORS = `
@media (forced-colors: active) {
  .status__dot, .pip[data-lit], .flight__phase, .legend__item::before, .phases__bar span, .phases__time::before, .event::before { forced-color-adjust: none; }

  .tab { border-bottom-color: Canvas; }
  .tab[aria-selected="true"] { border-bottom-color: Highlight; }
  .message[aria-selected="true"] { outline: 2px solid Highlight; outline-offset: -2px; }
  .message:focus-visible { outline-style: dashed; }
  .switch { outline-color: CanvasText; }
  .switch::after { background: ButtonText; }
  .switch[aria-checked="true"] { border-color: Highlight; background: Highlight; forced-color-adjust: none; }
  .switch[aria-checked="true"]::after { background: HighlightText; }
  .chain__link[aria-current] { outline: 2px solid Highlight; outline-offset: -2px; }
  .button[aria-pressed="true"] { border-color: Highlight; }
  .stub__bar { height: 6px; border: 1px solid CanvasText; }
  .stub__bar span { background: Highlight; }
  .head__mark, .wire__method { border: 1px solid CanvasText; }
}
`
