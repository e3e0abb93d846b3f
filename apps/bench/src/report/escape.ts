/** What Markdown or HTML would take for its own in the middle of a line; and what Markdown would make a link of. */
const SPECIAL = /[\\`*_[\]<>&|~#$"]|:(?=\/\/)|@(?=\S)|(?<=www)\./gi;

/** A text on one line: control characters are spaces. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** Text as Markdown that shows just that text, and as HTML that does: nothing in it is a tag, a link or a cell's end. */
export function plain(text: string): string {
  return oneLine(text).replaceAll(SPECIAL, (found) => `&#${found.charCodeAt(0)};`);
}

/** Lines as a block of code, whatever they contain. */
export function codeBlock(language: string, lines: readonly string[]): string {
  const text = lines.map(oneLine);
  const longest = Math.max(
    2,
    ...text.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...text, fence].join('\n');
}

/** The name of a file, made of a text: letters, digits and dashes of ASCII. */
export function fileNameOf(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9]+/g, (found) => (found === '-' ? found : `-${hexOf(found)}-`))
    .slice(0, 100);
}

function hexOf(text: string): string {
  return [...text].map((letter) => letter.codePointAt(0)?.toString(16)).join('-');
}
