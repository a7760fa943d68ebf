// A network with one hidden layer of ReLUs and one output, computed by hand as on paper: forwards, the gradients of
// back-propagation, and relevance.

export interface SmallNetwork {
  /** `hidden[i][j]`: weight from input i to hidden unit j. */
  hidden: number[][];
  hiddenBias: number[];
  /** Weight from hidden unit j to the output. */
  output: number[];
  outputBias: number;
}

export interface Values {
  inputs: number[];
  /** Weighted sums of the hidden units, and what ReLU leaves of them. */
  sums: number[];
  hidden: number[];
  output: number;
  /** What the output should be, and half the squared distance from it. */
  wanted: number;
  loss: number;
  /** Derivatives of the loss. */
  gradient: {
    output: number;
    outputWeights: number[];
    hidden: number[];
    sums: number[];
    hiddenWeights: number[][];
    inputs: number[];
  };
  /** The weights after one step of gradient descent. */
  next: SmallNetwork;
  /** LRP-ε: what each unit gets, what goes over each edge, and what the biases take. */
  relevance: {
    hidden: number[];
    inputs: number[];
    edges: number[][];
    outputBias: number;
    hiddenBias: number[];
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

export function compute(
  network: SmallNetwork,
  inputs: number[],
  { wanted, learningRate, epsilon }: { wanted: number; learningRate: number; epsilon: number },
): Values {
  const { hidden: w, hiddenBias, output: v, outputBias } = network;
  const sums = hiddenBias.map((bias, j) => bias + sum(inputs.map((x, i) => x * at(w, i, j))));
  const hidden = sums.map((z) => Math.max(0, z));
  const output = outputBias + sum(hidden.map((h, j) => h * (v[j] as number)));

  const ofOutput = output - wanted;
  const ofHidden = v.map((weight) => weight * ofOutput);
  const ofSums = ofHidden.map((gradient, j) => ((sums[j] as number) > 0 ? gradient : 0));
  const gradient = {
    output: ofOutput,
    outputWeights: hidden.map((h) => h * ofOutput),
    hidden: ofHidden,
    sums: ofSums,
    hiddenWeights: inputs.map((x) => ofSums.map((delta) => x * delta)),
    inputs: w.map((row) => sum(row.map((weight, j) => weight * (ofSums[j] as number)))),
  };
  const moved = (value: number, slope: number) => value - learningRate * slope;
  const next = {
    hidden: w.map((row, i) => row.map((weight, j) => moved(weight, at(gradient.hiddenWeights, i, j)))),
    hiddenBias: hiddenBias.map((bias, j) => moved(bias, ofSums[j] as number)),
    output: v.map((weight, j) => moved(weight, gradient.outputWeights[j] as number)),
    outputBias: moved(outputBias, ofOutput),
  };

  const ratio = (relevance: number, z: number) => relevance / (z + epsilon * (z >= 0 ? 1 : -1));
  const perOutput = ratio(output, output);
  const toHidden = hidden.map((h, j) => h * (v[j] as number) * perOutput);
  const perSum = toHidden.map((relevance, j) => ratio(relevance, sums[j] as number));
  const edges = inputs.map((x, i) => perSum.map((share, j) => x * at(w, i, j) * share));
  const relevance = {
    hidden: toHidden,
    inputs: edges.map(sum),
    edges,
    outputBias: outputBias * perOutput,
    hiddenBias: hiddenBias.map((bias, j) => bias * (perSum[j] as number)),
  };
  return { inputs, sums, hidden, output, wanted, loss: ofOutput ** 2 / 2, gradient, next, relevance };
}

function at(matrix: readonly number[][], row: number, column: number): number {
  return (matrix[row] as number[])[column] as number;
}
