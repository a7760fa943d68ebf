// Adversarial examples: small changes that make a network err.

export type { Attacked, AttackOptions, Norm } from "./attack.ts";
export { type CarliniWagnerOptions, carliniWagner } from "./carlini-wagner.ts";
export { type DeepFoolOptions, deepFool } from "./deep-fool.ts";
export { type FgsmOptions, fgsm, type PgdOptions, pgd } from "./gradient-sign.ts";
export {
  type CompareAttackOptions,
  compareAttack,
  type RobustAccuracy,
  type RobustAccuracyOptions,
  robustAccuracy,
} from "./robustness.ts";
