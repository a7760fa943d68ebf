// Whether a place of an unfinished cell, which no parser takes, is code or lies in a string, a template or a comment.

interface Context {
  isCode: boolean;
  /** In a string: its quote and where that stands. */
  quote?: string;
  start: number;
}

const TOKENS = /\/\/.*|\/\*[\s\S]*?(?:\*\/|$)|(["'])(?:\\[\s\S]|(?!\1)[^\\\n])*\1?|[`{}]/g;
const TEMPLATE = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(`|\$\{)/y;

/** Whether `cursor` stands in a string, a comment, a template or in code. */
export function contextAt(code: string, cursor: number): Context {
  const braces: boolean[] = []; // of each open brace, whether a template goes on behind it
  const before = code.slice(0, cursor);
  let from = 0;
  for (;;) {
    TOKENS.lastIndex = from;
    const token = TOKENS.exec(before);
    if (!token) return { isCode: true, start: cursor };
    const [text, quote] = token;
    from = token.index + text.length;
    const isComment = text.startsWith("/");
    const isOpen = quote
      ? text.length === 1 || !isClosed(text, quote)
      : text.startsWith("/*") && !/.\*\/$/s.test(text.slice(1));
    if (from === cursor && (isOpen || text.startsWith("//")))
      return quote ? { isCode: false, quote, start: token.index } : { isCode: false, start: token.index };
    if (isComment || quote) continue;
    if (text === "{") braces.push(false);
    else if (text === "`" || braces.pop()) {
      TEMPLATE.lastIndex = from;
      const template = TEMPLATE.exec(before);
      if (!template) return { isCode: false, start: token.index };
      from = TEMPLATE.lastIndex;
      if (template[1] !== "`") braces.push(true);
    }
  }
}

function isClosed(text: string, quote: string): boolean {
  return text.endsWith(quote) && !/(?<!\\)(?:\\\\)*\\$/.test(text.slice(0, -1));
}
