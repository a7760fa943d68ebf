// What a relevance rule is.

import type * as tf from "@tensorflow/tfjs";
import type { Situation } from "../graph/graph.ts";

/** How an operation hands the relevance that arrived at its output back to its inputs. */
export interface Rule {
  readonly name: string;
  propagate(situation: Situation): Flow;
  /** What may be wrong with a situation for this rule. */
  misfit?(situation: Situation): Misfit;
}

export interface Misfit {
  /** Scalar: whether it is. */
  when: tf.Tensor;
  /** A sentence. */
  warning: string;
}

/** Where the relevance of an operation went. */
export interface Flow {
  /** With the shapes of the operation's inputs. */
  inputs: tf.Tensor[];
  /** Scalar: taken by the bias. Left out for none. */
  bias?: tf.Tensor;
  /** Scalar: taken by the stabiliser. Left out for none. */
  stabiliser?: tf.Tensor;
}
