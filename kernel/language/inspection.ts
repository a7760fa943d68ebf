// What is known about a name, from the server's hover or, between the parentheses of a call, its signature help.

import { withoutVirtualNames } from "./diagnostics.ts";

export interface ServerHover {
  contents: { value: string } | string;
}

export interface ServerSignatures {
  signatures: { label: string; documentation?: { value: string } | string }[];
  activeSignature?: number;
}

interface Inspection {
  markdown: string;
  text: string;
}

const text = (content: { value: string } | string | undefined): string =>
  typeof content === "object" ? content.value : (content ?? "");

/** What a hover tells, or undefined where the server knows nothing: it calls a name that does not exist `any`. */
export function ofHover(hover: ServerHover): Inspection | undefined {
  if (/^```\w*\nany\n```$/.test(text(hover.contents).trim())) return undefined;
  const markdown = text(hover.contents).replace(/^(```\w*\n)\(alias\) /, "$1");
  return inspection(markdown);
}

export function ofSignatures({ signatures, activeSignature = 0 }: ServerSignatures): Inspection | undefined {
  const signature = signatures[activeSignature] ?? signatures[0];
  if (!signature) return undefined;
  const others = signatures.length > 1 ? `\n\n(one of ${signatures.length} overloads)` : "";
  return inspection(
    `\`\`\`typescript\n${signature.label}\n\`\`\`\n${text(signature.documentation)}${others}`,
  );
}

function inspection(content: string): Inspection {
  const markdown = withoutVirtualNames(content).trim();
  const plain = markdown
    .replace(/^```\w*\n|\n```$|^```$/gm, "")
    .replace(/^\*@(\w+)\*/gm, "@$1")
    .replace(/`([^`\n]+)`/g, "$1")
    .replace(/\n{3,}/g, "\n\n");
  return { markdown, text: plain.trim() };
}
