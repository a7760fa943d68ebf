// What is known about a name, from the server's hover or, between the parentheses of a call, its signature help.

import { withoutVirtualNames } from "./diagnostics.ts";
import type { Inspection } from "./types.ts";

type Markup = { value: string } | string;

export interface ServerHover {
  contents: Markup;
}

export interface ServerSignatures {
  signatures: {
    label: string;
    documentation?: Markup;
    parameters?: { label: string | [number, number]; documentation?: Markup }[];
    activeParameter?: number;
  }[];
  activeSignature?: number;
  activeParameter?: number;
}

const text = (content: Markup | undefined): string =>
  typeof content === "object" ? content.value : (content ?? "");

/** What a hover tells, or undefined where the server knows nothing: it calls a name that does not exist `any`. */
export function ofHover(hover: ServerHover): Inspection | undefined {
  if (/^```\w*\nany\n```$/.test(text(hover.contents).trim())) return undefined;
  const markdown = text(hover.contents).replace(/^(```\w*\n)\(alias\) /, "$1");
  return inspection(markdown);
}

/** The called function with the parameter that the cursor is at. */
export function ofSignatures(help: ServerSignatures): Inspection | undefined {
  const { signatures, activeSignature = 0 } = help;
  const signature = signatures[activeSignature] ?? signatures[0];
  if (!signature) return undefined;
  const { parameters = [], activeParameter = help.activeParameter ?? 0 } = signature;
  const active = parameters[activeParameter];
  const parts = [`\`\`\`typescript\n${signature.label}\n\`\`\``];
  if (active) {
    const label = typeof active.label === "string" ? active.label : signature.label.slice(...active.label);
    const documentation = text(active.documentation);
    parts.push(
      `Parameter ${activeParameter + 1} of ${parameters.length}: \`${label}\`${documentation && ` — ${documentation}`}`,
    );
  }
  parts.push(text(signature.documentation));
  if (signatures.length > 1) parts.push(`(overload ${activeSignature + 1} of ${signatures.length})`);
  return inspection(parts.filter((part) => part !== "").join("\n\n"));
}

/** Whether a hover shows one signature, of which there may be more. */
export function isCallable({ text }: Inspection): boolean {
  return /^(function|\(method\)|constructor) /.test(text);
}

/** A hover shows the signature that fits; the others are counted. */
export function withOverloads(about: Inspection, count: number): Inspection {
  if (count < 2) return about;
  const others = ` (+${count - 1} overload${count === 2 ? "" : "s"})`;
  const firstPart = /^((?:```\w*\n)?[\s\S]*?)(\n```\n|\n```$|$)/;
  const { markdown, text } = about;
  const signature = /^```\w*\n([\s\S]*?)\n```/.exec(markdown)?.[1] ?? "";
  return {
    markdown: markdown.replace(firstPart, `$1${others}$2`),
    text: signature + others + text.slice(signature.length),
  };
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
