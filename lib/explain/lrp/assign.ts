// Which rule each operation of a network gets from a composite, and what of the composite does not fit.

import { didYouMean } from "../../data/nearest.ts";
import type { Graph, Operation } from "../graph/graph.ts";
import type { Composite, Selector } from "./composites.ts";
import type { Rule } from "./rule.ts";
import { gradient } from "./rules.ts";

/** Operations whose gradient is their relevance rule: they move values, or take the largest. */
const movers = new Set(["shape", "maxPooling", "embedding"]);

interface Assignment {
  rules: Map<Operation, Rule>;
  warnings: string[];
}

/**
 * @throws RangeError if the composite names a layer that the graph does not have.
 */
export function assignRules(graph: Graph, composite: Composite): Assignment {
  const { operations } = graph;
  const names = new Set(operations.flatMap(({ name, layer }) => [name, layer]));
  for (const name of Object.keys(composite.names ?? {})) {
    if (!names.has(name)) {
      throw new RangeError(
        `The composite "${composite.name}" has a rule for "${name}"; the network has ${[...names].join(", ")}.` +
          didYouMean(name, [...names]),
      );
    }
  }
  const warnings: string[] = [];
  const first = firstLinear(graph);
  const rules = new Map(
    operations.map((operation): [Operation, Rule] => {
      const rule = find(operation, composite, first.has(operation));
      if (!rule && !movers.has(operation.kind)) {
        warnings.push(
          `The composite "${composite.name}" has no rule for "${operation.name}" (${operation.tags.join(", ")}); ` +
            `it hands on its gradient, so relevance is not conserved there.`,
        );
      }
      return [operation, rule ?? gradient()];
    }),
  );
  for (const selector of composite.expects ?? []) {
    if (!operations.some((operation) => matches(selector, operation))) {
      warnings.push(
        `The composite "${composite.name}" does not fit this network: nothing in it is ${words(selector)}.`,
      );
    }
  }
  const entries = composite.first ?? [];
  if (entries.length > 0 && !entries.some(([selector]) => [...first].some((one) => matches(selector, one)))) {
    warnings.push(
      `The composite "${composite.name}" does not fit this network: no layer at the input is ` +
        `${entries.map(([selector]) => words(selector)).join(" or ")}, so its rule for the input is not used.`,
    );
  }
  return { rules, warnings };
}

function find(operation: Operation, composite: Composite, isFirst: boolean): Rule | undefined {
  const { names = {}, first = [], layers } = composite;
  const byName = names[operation.name] ?? (operation.linear ? names[operation.layer] : undefined);
  const byKind = [...(isFirst ? first : []), ...layers].find(([selector]) => matches(selector, operation));
  return byName ?? byKind?.[1];
}

function matches(selector: Selector, operation: Operation): boolean {
  const words = typeof selector === "string" ? [selector] : selector;
  return words.some((word) => operation.tags.includes(word));
}

/** Dense layers and convolutions that no other layer with weights comes before. */
function firstLinear({ operations }: Graph): Set<Operation> {
  const after = new Set<number>();
  const first = new Set<Operation>();
  for (const operation of operations) {
    const isWeighted = ["dense", "convolution", "recurrent"].includes(operation.kind);
    const isAfter = operation.inputs.some((input) => after.has(input));
    if (isWeighted && !isAfter) first.add(operation);
    if (isWeighted || isAfter) after.add(operation.output);
  }
  return first;
}

function words(selector: Selector): string {
  return (typeof selector === "string" ? [selector] : selector).map((word) => `"${word}"`).join(" or ");
}
