// `dl.data.augment`
import type { Transform, TransformSpec } from "./transform.ts";

export type { Transform, TransformSpec } from "./transform.ts";

const makers: Record<string, (options: never) => Transform> = {};
export function create({ name, options }: TransformSpec): Transform {
  return makers[name]!(options as never);
}
