// `dl.classic`: learning without gradients and layers. Every estimator is made by a function named as in the books, has
// `fit` and then `predict`, `transform` or `labels`, takes arrays and tensors, and gives the same for the same seed.

export {
  type AssociationRule,
  type AssociationRulesOptions,
  associationRules,
  type FrequentItemSetsOptions,
  frequentItemSets,
  type ItemSet,
} from "./association-rules.ts";
export { type Dbscan, type DbscanOptions, dbscan } from "./clustering/dbscan.ts";
export {
  type GaussianMixture,
  type GaussianMixtureOptions,
  gaussianMixture,
} from "./clustering/gaussian-mixture.ts";
export {
  type Hierarchical,
  type HierarchicalOptions,
  hierarchical,
  type Merge,
} from "./clustering/hierarchical.ts";
export { type KMeans, type KMeansOptions, kMeans } from "./clustering/k-means.ts";
export * as image from "./image/index.ts";
export {
  type LinearRegression,
  type LinearRegressionOptions,
  linearRegression,
  type RidgeRegressionOptions,
  ridgeRegression,
} from "./linear/linear-regression.ts";
export {
  type LogisticRegression,
  type LogisticRegressionOptions,
  logisticRegression,
} from "./linear/logistic-regression.ts";
export { type NaiveBayes, type NaiveBayesOptions, naiveBayes } from "./naive-bayes.ts";
export {
  kNN,
  kNNRegressor,
  type NearestNeighbours,
  type NearestNeighboursRegressor,
  type NeighboursOptions,
} from "./neighbours.ts";
export {
  type IsolationForest,
  type IsolationForestOptions,
  isolationForest,
} from "./outliers/isolation-forest.ts";
export {
  type LocalOutlierFactor,
  type LocalOutlierFactorOptions,
  localOutlierFactor,
} from "./outliers/local-outlier-factor.ts";
export { type Mahalanobis, type MahalanobisOptions, mahalanobis } from "./outliers/mahalanobis.ts";
export { type Pca, type PcaOptions, pca } from "./reduction/pca.ts";
export { type TsneMap, type TsneOptions, tSNE } from "./reduction/t-sne.ts";
export { type Umap, type UmapOptions, umap } from "./reduction/umap.ts";
export { type Svm, type SvmOptions, svm } from "./svm/svm.ts";
export { type SvmRegressor, type SvmRegressorOptions, svmRegressor } from "./svm/svm-regressor.ts";
export { type AdaBoost, type AdaBoostOptions, adaBoost } from "./trees/ada-boost.ts";
export {
  type DecisionTree,
  type DecisionTreeOptions,
  type DecisionTreeRegressor,
  decisionTree,
  decisionTreeRegressor,
} from "./trees/decision-tree.ts";
export {
  type GradientBoosting,
  type GradientBoostingOptions,
  type GradientBoostingRegressor,
  gradientBoosting,
  gradientBoostingRegressor,
} from "./trees/gradient-boosting.ts";
export type { TreeNode, TreeOptions } from "./trees/grow.ts";
export {
  type RandomForest,
  type RandomForestOptions,
  type RandomForestRegressor,
  type RandomForestRegressorOptions,
  randomForest,
  randomForestRegressor,
} from "./trees/random-forest.ts";
export type { TreeFigureOptions, TreeTextOptions } from "./trees/tree-figure.ts";
