// The way of the gradients from the model to the optimizer, where callbacks can change them, layers can be frozen, and
// each layer can have a learning rate of its own.

import * as tf from "@tensorflow/tfjs";
import { type Gradients, gradientEntries } from "../backend/index.ts";
import type { FitCallback, Gradient } from "./callback.ts";

interface GradientPathOptions {
  callbacks: readonly FitCallback[];
  /** By how much of the optimizer's step each variable moves, by the variable's name; 1 where there is none. */
  factors: ReadonlyMap<string, number>;
}

// Optimizers remember by position; variables keep theirs when others are frozen or thawed.
const positions = new WeakMap<tf.Optimizer, string[]>();

/** The variables that an optimizer has seen, in the order of its memory. */
export function variableOrder(optimizer: tf.Optimizer): string[] {
  const known = positions.get(optimizer);
  if (known) return known;
  const order: string[] = [];
  positions.set(optimizer, order);
  return order;
}

/** Lead an optimizer's gradients through callbacks until `remove` is called. */
export function leadGradients(
  optimizer: tf.Optimizer,
  { callbacks, factors }: GradientPathOptions,
): { remove(): void } {
  const apply = optimizer.applyGradients;
  const changing = callbacks.filter(({ onGradients }) => onGradients);
  optimizer.applyGradients = (given: Gradients) => {
    tf.tidy(() => {
      let gradients: readonly Gradient[] = toGradients(given);
      for (const callback of changing) {
        const next = callback.onGradients?.(gradients);
        if (!next) return;
        gradients = next;
      }
      const moving = gradients.filter(({ variable }) => factors.get(variable.name) !== 0);
      const scaled = moving.flatMap(({ variable }) => {
        const factor = factors.get(variable.name) ?? 1;
        return factor === 1 ? [] : [{ variable, factor, before: tf.clone(variable) }];
      });
      apply.call(optimizer, inOrder(optimizer, moving));
      // Not the gradients: adaptive optimizers divide by their size, so that a factor would be lost.
      for (const { variable, factor, before } of scaled) {
        variable.assign(before.add(tf.sub(variable, before).mul(factor)));
      }
    });
  };
  return {
    remove() {
      Reflect.deleteProperty(optimizer, "applyGradients");
    },
  };
}

function toGradients(given: Gradients): Gradient[] {
  const variables = tf.engine().registeredVariables;
  return gradientEntries(given).flatMap(([name, gradient]) =>
    gradient ? [{ variable: variables[name] as tf.Variable, gradient }] : [],
  );
}

/** All variables that the optimizer knows, with no gradient where one is frozen. */
function inOrder(optimizer: tf.Optimizer, gradients: readonly Gradient[]): Gradients {
  const order = variableOrder(optimizer);
  const byName = new Map(gradients.map(({ variable, gradient }) => [variable.name, gradient]));
  for (const name of byName.keys()) if (!order.includes(name)) order.push(name);
  return order.map((name) => ({ name, tensor: byName.get(name) as tf.Tensor }));
}
