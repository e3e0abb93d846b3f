import { lexer, type Token, walkTokens } from 'marked';

/** A fenced or indented block of code. */
export interface Block {
  /** What stands behind the opening fence, such as `js page`; nothing, where the block is only indented. */
  readonly kind: string;
  /** With a line break at the end. */
  readonly body: string;
}

/** All blocks of code of a Markdown text, in order, wherever they stand. */
export function blocksOf(markdown: string): Block[] {
  return tokensOf(markdown).flatMap((token) =>
    token.type === 'code' ? [{ kind: token.lang ?? '', body: bodyOf(token.raw, token.text) }] : [],
  );
}

/** Between the fences, with the empty lines at the end that `text` lacks. */
function bodyOf(raw: string, text: string): string {
  const [first = '', ...lines] = raw.trimEnd().split('\n');
  return /^(```|~~~)/.test(first)
    ? lines
        .slice(0, -1)
        .map((line) => `${line}\n`)
        .join('')
    : `${text}\n`;
}

/** All `code` within lines of a Markdown text. */
export function codespansOf(markdown: string): string[] {
  return tokensOf(markdown).flatMap((token) => (token.type === 'codespan' ? [String(token.text)] : []));
}

/** Where the links and pictures of a Markdown text lead. */
export function linksOf(markdown: string): string[] {
  return tokensOf(markdown).flatMap((token) =>
    token.type === 'link' || token.type === 'image' ? [String(token.href)] : [],
  );
}

/** What a link can name behind its `#`: the headings, as GitHub writes them. */
export function anchorsOf(markdown: string): string[] {
  return tokensOf(markdown).flatMap((token) => {
    if (token.type !== 'heading') return [];
    return [
      String(token.text)
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
        .replaceAll(' ', '-'),
    ];
  });
}

function tokensOf(markdown: string): Token[] {
  const tokens: Token[] = [];
  walkTokens(lexer(markdown), (token) => {
    tokens.push(token);
  });
  return tokens;
}
