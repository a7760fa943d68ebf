// Preparing data: scaling, encoding, filling gaps, splitting, and samplers for unbalanced classes.

export { Imputer } from "./imputer.ts";
export type { Labels } from "./labels.ts";
export { type Categories, type Category, OneHotEncoder } from "./one-hot.ts";
export * as samplers from "./samplers.ts";
export { classWeights, type Sampler } from "./samplers.ts";
export { MinMaxScaler, RobustScaler, StandardScaler } from "./scalers.ts";
export { type SplitOptions, split } from "./split.ts";
export type { Like, Table } from "./table.ts";
