// For tests: the graphics device that Chromium brings along in software, SwiftShader, and its Vulkan loader.
// They must be named before Dawn looks for one. What $VK_ICD_FILENAMES names already comes first.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import koffi from "koffi";
import { dawnObstacle } from "../webgpu/dawn.ts";

const drivers = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"].map((folder) =>
  join(folder, "vk_swiftshader_icd.json"),
);

/** Kept, as koffi unloads what is garbage. */
const loaded: ReturnType<typeof koffi.load>[] = [];

/** Have Dawn use it in this process; returns why that is not possible. */
export function useSoftwareDevice(): string | undefined {
  if (process.platform !== "linux") return "the device in software is Linux's";
  const driver = process.env.VK_ICD_FILENAMES || drivers.find(existsSync);
  if (!driver) return `no SwiftShader (${drivers.join(", ")}): install chromium`;
  process.env.VK_ICD_FILENAMES = driver;
  // Once loaded, a library is found by its name.
  const loader = join(dirname(driver), "libvulkan.so.1");
  if (existsSync(loader)) loaded.push(koffi.load(loader));
  return dawnObstacle();
}
