import { Marked, type Tokens } from 'marked';
import type { Picture } from './charts/chart.js';
import type { Report } from './document.js';
import { style } from './style.js';

/** The report as one page that needs nothing beside it: its pictures stand in it. */
export function pageOf({ markdown, pictures }: Report): string {
  const byHref = new Map(pictures.map((picture) => [`pictures/${picture.name}`, picture]));
  const body = markedWith(byHref).parse(markdown, { async: false });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Neural Turing Machines, reproduced</title>
<style>${style}</style>
</head>
<body>
<main>
${body}</main>
</body>
</html>
`;
}

function markedWith(pictures: ReadonlyMap<string, Picture>): Marked {
  let section = '';
  return new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        section = text;
        return `<h${depth} id="${idOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      paragraph({ tokens }) {
        const inner = this.parser.parseInline(tokens);
        return isFigures(tokens) ? `<div class="figures">${inner}</div>\n` : `<p>${inner}</p>\n`;
      },
      image({ href, text }) {
        const picture = pictures.get(href);
        if (picture === undefined) return `<em>${text}</em>`;
        return figure(picture);
      },
      table({ header, rows }) {
        const inline = (cell: Tokens.TableCell) => this.parser.parseInline(cell.tokens);
        const head = header.map((cell) => `<th scope="col">${inline(cell)}</th>`).join('');
        const body = rows.map(([first, ...others]) => {
          const name = first === undefined ? '' : `<th scope="row">${inline(first)}</th>`;
          return `<tr>${name}${others.map((cell) => `<td>${inline(cell)}</td>`).join('')}</tr>`;
        });
        return (
          `<div class="scroll" role="region" aria-label="${section}" tabindex="0"><table>` +
          `<thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>\n`
        );
      },
    },
  });
}

/** Pictures alone stand side by side where there is room. */
function isFigures(tokens: readonly Tokens.Generic[]): boolean {
  return tokens.every(({ type, raw }) => type === 'image' || raw.trim() === '');
}

/** The scale below which letters cannot be read. */
const LEGIBLE = 0.75;

/** By which a picture names itself: several on one page would share them. */
const NAMES = / (?:role|id|aria-labelledby)="[^"]*"/g;

/** Letters of a wide picture would be too small on a narrow screen: it scrolls. */
function figure({ svg, alt, caption, name }: Picture): string {
  const below = `<figcaption>${caption}</figcaption>`;
  if (!name.endsWith('-memory.svg')) return `<figure>${svg}${below}</figure>`;
  const width = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1] ?? 0);
  const attributes = `role="img" aria-label="${alt}" style="min-width:${Math.round(LEGIBLE * width)}px"`;
  const drawn = svg.replaceAll(NAMES, '').replace('<svg ', `<svg ${attributes} `);
  return `<figure class="wide"><div class="scroll" role="region" aria-label="${alt}" tabindex="0">${drawn}</div>${below}</figure>`;
}

function idOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
