import { join } from "node:path";
import { callbackContract } from "../battery/callbacks.ts";
import { cosine } from "../schedules/index.ts";
import {
  accumulateGradients,
  checkpoint,
  clipGradients,
  csvLogger,
  cutmix,
  earlyStopping,
  histograms,
  learningRate,
  mixup,
  movingAverage,
  nanGuard,
  reduceOnPlateau,
  stochasticWeightAveraging,
  tensorBoard,
} from "./index.ts";

callbackContract("accumulateGradients", () => accumulateGradients(4));
callbackContract("checkpoint", (folder) =>
  checkpoint({ folder: join(folder, "second"), metric: "val_loss" }),
);
callbackContract("clipGradients", () => clipGradients({ globalNorm: 0.1 }));
callbackContract("csvLogger", (folder) => csvLogger({ path: join(folder, "log.csv") }));
callbackContract("cutmix", () => cutmix());
callbackContract("earlyStopping", () => earlyStopping({ patience: 3 }));
callbackContract("histograms", () => histograms());
callbackContract("learningRate per epoch", () => learningRate(cosine({ rate: 0.05, length: 4 })));
callbackContract("learningRate per step", () =>
  learningRate(cosine({ rate: 0.05, length: 20 }), { per: "step" }),
);
callbackContract("mixup", () => mixup());
callbackContract("movingAverage", () => movingAverage({ decay: 0.9 }));
callbackContract("nanGuard", () => nanGuard());
callbackContract("reduceOnPlateau", () => reduceOnPlateau({ patience: 0, metric: "val_accuracy" }));
callbackContract("stochasticWeightAveraging", () =>
  stochasticWeightAveraging({ startEpoch: 2, learningRate: 0.03 }),
);
callbackContract("tensorBoard", (folder) => tensorBoard({ folder, everySteps: 2, histograms: true }));
