// What each step draws: which numbers stand on the edges and in the units, and the calculation in words.

import { type Drawing, type DrawnEdge, type DrawnNode, draw } from "./drawing.ts";
import type { SmallNetwork, Values } from "./numbers.ts";

interface Step {
  title: string;
  svg: string;
  text: string;
}

export function stepsOf(network: SmallNetwork, values: Values, learningRate: number): Step[] {
  const { inputs, sums, hidden, output, wanted, loss, gradient, next, relevance } = values;
  const { hidden: w, hiddenBias, output: v, outputBias } = network;
  const unknown = hidden.map(() => "");
  const weights = { hidden: w, output: v };
  const plus = (terms: string[]) => terms.join(" + ");
  const xs = inputs.map(short);
  const hs = hidden.map(short);

  const drawings: Drawing[] = [
    {
      title: "1. Forwards: the hidden units",
      layers: nodes(values, {
        hidden: sums.map((z, j) => [short(hidden[j] as number), `sum ${short(z)}`]),
        output: [""],
      }),
      edges: edges(weights, weights, [0]),
      lines: sums.map((z, j) => {
        const terms = plus(inputs.map((x, i) => `${short(x)}·${bracketed(at(w, i, j))}`));
        return `h${j + 1} = max(0, ${terms} + ${bracketed(hiddenBias[j] as number)}) = max(0, ${short(z)}) = ${hs[j]}`;
      }),
    },
    {
      title: "2. Forwards: the output and its loss",
      layers: nodes(values, {
        hidden: hs.map((h) => [h]),
        output: [short(output), `wanted ${short(wanted)}`],
      }),
      edges: edges(weights, weights, [1]),
      lines: [
        `y = ${plus(hs.map((h, j) => `${h}·${bracketed(v[j] as number)}`))} + ${bracketed(outputBias)} = ${short(output)}`,
        `L = ½ (${short(output)} − ${bracketed(wanted)})² = ${short(loss)}`,
      ],
    },
    {
      title: "3. Back: from the loss to the weights of the output",
      layers: nodes(values, {
        hidden: hs.map((h, j) => [h, `∂L/∂h ${short(gradient.hidden[j] as number)}`]),
        output: [short(output), `∂L/∂y ${short(gradient.output)}`],
        tints: [[], gradient.hidden, [gradient.output]],
      }),
      edges: edges({ hidden: w, output: gradient.outputWeights }, weights, [1]),
      lines: [
        `∂L/∂y = y − wanted = ${short(gradient.output)}`,
        ...hs.map(
          (h, j) =>
            `∂L/∂v${j + 1} = h${j + 1}·∂L/∂y = ${h}·${bracketed(gradient.output)} = ${short(gradient.outputWeights[j] as number)}` +
            `   ∂L/∂h${j + 1} = v${j + 1}·∂L/∂y = ${short(gradient.hidden[j] as number)}`,
        ),
      ],
    },
    {
      title: "4. Back: through ReLU to the weights of the hidden units",
      layers: nodes(values, {
        inputs: xs.map((x, i) => [x, `∂L/∂x ${short(gradient.inputs[i] as number)}`]),
        hidden: hs.map((h, j) => [h, `∂L/∂z ${short(gradient.sums[j] as number)}`]),
        output: [short(output)],
        tints: [gradient.inputs, gradient.sums, []],
      }),
      edges: edges({ hidden: gradient.hiddenWeights, output: gradient.outputWeights }, undefined, [0]),
      lines: [
        "A sum z below 0 lets nothing through ReLU, neither forwards nor back.",
        ...sums.map((z, j) => {
          const slopes = inputs.map(
            (x, i) =>
              `${short(x)}·${bracketed(gradient.sums[j] as number)} = ${short(at(gradient.hiddenWeights, i, j))}`,
          );
          return `z${j + 1} = ${short(z)}: ∂L/∂z${j + 1} = ${short(gradient.sums[j] as number)}   ∂L/∂w·${j + 1}: ${slopes.join(", ")}`;
        }),
      ],
    },
    {
      title: `5. A step of gradient descent, learning rate ${short(learningRate)}`,
      layers: nodes(values, { hidden: unknown.map((one) => [one]), output: [""] }),
      edges: edges(next, undefined, [0, 1]),
      lines: [
        `New weight = weight − ${short(learningRate)}·gradient, for example ` +
          `w11 = ${short(at(w, 0, 0))} − ${short(learningRate)}·${bracketed(at(gradient.hiddenWeights, 0, 0))} = ${short(at(next.hidden, 0, 0))}`,
        `New biases: ${next.hiddenBias.map(short).join(", ")} and ${short(next.outputBias)}`,
      ],
    },
    {
      title: "6. Relevance: from the output to the hidden units",
      layers: nodes(values, {
        hidden: hs.map((h, j) => [h, `R ${short(relevance.hidden[j] as number)}`]),
        output: [short(output), `R ${short(output)}`],
        tints: [[], relevance.hidden, [output]],
      }),
      edges: edges({ hidden: w, output: relevance.hidden }, weights, [1]),
      lines: [
        ...hs.map(
          (h, j) =>
            `R(h${j + 1}) = ${h}·${bracketed(v[j] as number)} / ${bracketed(output)} · ${bracketed(output)} = ${short(relevance.hidden[j] as number)}`,
        ),
        balance(output, relevance.hidden, [relevance.outputBias]),
      ],
    },
    {
      title: "7. Relevance: from the hidden units to the inputs",
      layers: nodes(values, {
        inputs: xs.map((x, i) => [x, `R ${short(relevance.inputs[i] as number)}`]),
        hidden: hs.map((h, j) => [h, `R ${short(relevance.hidden[j] as number)}`]),
        output: [short(output)],
        tints: [relevance.inputs, relevance.hidden, []],
      }),
      edges: edges({ hidden: relevance.edges, output: relevance.hidden }, undefined, [0]),
      lines: [
        ...inputs.map((_, i) => {
          const parts = plus((relevance.edges[i] as number[]).map(bracketed));
          return `R(x${i + 1}) = ${parts} = ${short(relevance.inputs[i] as number)}`;
        }),
        balance(output, relevance.inputs, [relevance.outputBias, ...relevance.hiddenBias]),
      ],
    },
  ];
  return drawings.map((drawing) => ({
    title: drawing.title,
    svg: draw(drawing),
    text: [drawing.title, ...drawing.lines].join("\n  "),
  }));
}

/** Where all relevance is. */
function balance(output: number, units: readonly number[], biases: readonly number[]): string {
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
  return `Together ${short(sum(units))}, and ${short(sum(biases))} to the biases: ${short(sum(units) + sum(biases))} of ${short(output)}`;
}

interface NodeLines {
  inputs?: string[][];
  hidden: string[][];
  output: string[];
  /** Numbers that colour the units of each layer. */
  tints?: readonly (readonly number[])[];
}

function nodes({ inputs }: Values, { inputs: lines, hidden, output, tints = [] }: NodeLines): DrawnNode[][] {
  const layers = [
    (lines ?? inputs.map((x) => [short(x)])).map((one, i) => ({ name: `x${i + 1}`, lines: one })),
    hidden.map((one, j) => ({ name: `h${j + 1}`, lines: one })),
    [{ name: "y", lines: output }],
  ];
  return layers.map((units, layer) => units.map((unit, index) => ({ ...unit, tint: tints[layer]?.[index] })));
}

type EdgeValues = Pick<SmallNetwork, "hidden" | "output">;

/** @param passive What stands on the edges that a step is not about; nothing if left out. */
function edges(active: EdgeValues, passive: EdgeValues | undefined, layers: readonly number[]): DrawnEdge[] {
  const edge = (layer: number, from: number, to: number, pick: (values: EdgeValues) => number): DrawnEdge => {
    const isActive = layers.includes(layer);
    const value = isActive ? pick(active) : passive ? pick(passive) : undefined;
    return {
      from: [layer, from],
      to: [layer + 1, to],
      value: value ?? 0,
      label: value === undefined ? "" : short(value),
      active: isActive,
    };
  };
  return [
    ...active.hidden.flatMap((row, i) => row.map((_, j) => edge(0, i, j, ({ hidden }) => at(hidden, i, j)))),
    ...active.output.map((_, j) => edge(1, j, 0, ({ output }) => output[j] as number)),
  ];
}

function at(matrix: readonly number[][], row: number, column: number): number {
  return (matrix[row] as number[])[column] as number;
}

/** With a true minus sign, and at most three digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

function bracketed(value: number): string {
  return value < 0 ? `(${short(value)})` : short(value);
}
