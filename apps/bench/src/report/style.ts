/** The page: one column of text, figures side by side where there is room, dark where the reader's screen is. */
export const style = `
:root { color-scheme: light dark; --page: #fcfcfa; --ink: #1d2430; --quiet: #5a6474; --rule: #dcdfe4; --tint: #f1f2f0; --link: #00558f; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171c; --ink: #dfe4ec; --quiet: #9aa5b5; --rule: #313843; --tint: #1d222a; --link: #7cc0f5; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1.0625rem/1.6 Charter, 'Bitstream Charter', 'Source Serif 4', Cambria, Georgia, serif; text-rendering: optimizeLegibility; }
main { max-width: 72rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 4rem) clamp(1rem, 4vw, 3rem) 5rem; }
h1, h2, h3, table, figcaption, blockquote { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
h1 { font-size: clamp(1.75rem, 1.2rem + 2.4vw, 2.6rem); line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 1.25rem; text-wrap: balance; }
h2 { font-size: 1.45rem; line-height: 1.25; letter-spacing: -0.01em; margin: 3.5rem 0 0.75rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 2rem 0 0.5rem; color: var(--quiet); font-weight: 600; }
p { max-width: 42rem; margin: 0.75rem 0; }
a { color: var(--link); text-underline-offset: 0.15em; }
.scroll { overflow-x: auto; margin: 0.75rem 0; }
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 0.86rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.7rem 0.4rem 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--rule); }
th + td, th + th, td + td { padding-left: 0.7rem; }
th:first-child { text-align: left; padding-right: 1.25rem; }
tbody th { font-weight: 500; white-space: nowrap; }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; border-bottom: 1.5px solid var(--quiet); }
td { min-width: 4.5rem; }
table + p, .scroll + p { font-size: 0.92rem; color: var(--quiet); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem 2.5rem; margin: 1.5rem 0; }
figure { margin: 0; max-width: 30rem; }
figure.wide { max-width: none; grid-column: 1 / -1; }
figure svg, figure img { display: block; width: 100%; height: auto; }
figure.wide img { border-radius: 4px; }
figcaption { font-size: 0.86rem; line-height: 1.45; color: var(--quiet); margin-top: 0.5rem; }
blockquote { margin: 1rem 0; padding: 0.6rem 1rem; background: var(--tint); border-left: 3px solid var(--quiet); font-size: 0.92rem; max-width: 42rem; }
blockquote p { margin: 0.25rem 0; }
pre { overflow-x: auto; padding: 0.9rem 1rem; background: var(--tint); border-radius: 4px; font-size: 0.85rem; line-height: 1.5; }
code { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: 0.9em; }
@media (max-width: 40rem) { tbody th { white-space: normal; min-width: 8rem; } }
@media print { .scroll { overflow: visible; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
`;
