import { Marked, type Tokens } from 'marked';
import type { Picture } from './charts/chart.js';
import type { Report } from './document.js';
import { plain } from './escape.js';
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
  const ids = new Set<string>();
  return new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        section = text;
        return `<h${depth} id="${newId(ids, text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      paragraph({ tokens }) {
        const inner = this.parser.parseInline(tokens);
        return isFigures(tokens) ? `<div class="figures">${inner}</div>\n` : `<p>${inner}</p>\n`;
      },
      image({ href, text }) {
        const picture = pictures.get(href);
        if (picture === undefined) return `<em>${plain(text)}</em>`;
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

/**
 * A chart stands in the page. The picture of a memory comes from a file of the run, so it is shown as an image, where
 * no script of it could run. Its letters would be too small on a narrow screen: it scrolls.
 */
function figure({ svg, alt, caption, name }: Picture): string {
  const below = `<figcaption>${plain(caption)}</figcaption>`;
  if (!name.endsWith('-memory.svg')) return `<figure>${svg}${below}</figure>`;
  const width = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1] ?? 0);
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  const image = `<img src="${source}" alt="${plain(alt)}" style="min-width:${Math.round(LEGIBLE * width)}px">`;
  return `<figure class="wide"><div class="scroll" role="region" aria-label="${plain(alt)}" tabindex="0">${image}</div>${below}</figure>`;
}

/** An id that no heading before has. */
function newId(ids: Set<string>, heading: string): string {
  const id = idOf(heading);
  let unique = id;
  for (let number = 2; ids.has(unique); number++) unique = `${id}-${number}`;
  ids.add(unique);
  return unique;
}

function idOf(heading: string): string {
  const id = heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return id === '' ? 'section' : id;
}
