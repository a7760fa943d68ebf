// The webgpu backend on a graphics device in software, compared with "cpu" by the battery. Where it differs, the
// WebGPU Shading Language allows it: https://www.w3.org/TR/WGSL/#floating-point-evaluation.
import { compareWithCpu } from "../battery/compare.ts";
import { useSoftwareDevice } from "../battery/software-device.ts";

/** "Absolute error at most 2⁻¹¹ in [−π, π]"; tan is their quotient. */
const sine = 2 ** -11;

compareWithCpu("webgpu", useSoftwareDevice(), {
  sin: sine,
  cos: sine,
  tan: 2 * sine,
  "NaN and infinities through arithmetic": "shaders may assume that there are neither NaN nor infinities",
});
