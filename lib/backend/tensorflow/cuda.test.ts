// The cuda backend, compared with "cpu" by the battery, where there is a GPU. In full precision: in TF32, which TensorFlow
// takes where the GPU has it, products are off by a thousandth.
import { compareWithCpu } from "../battery/compare.ts";
import { list } from "../index.ts";

process.env.NVIDIA_TF32_OVERRIDE = "0";

const status = list().find(({ name }) => name === "cuda");

compareWithCpu("cuda", status?.available ? undefined : status?.reason);
