// Attributes of operations, as tfjs-node's kernels give them. TensorFlow takes them by other functions for an operation
// that is run at once than for one that is put into a graph.
import type { CApi, Pointer } from "./c-api.ts";

/** Kinds of attributes (TF_AttrType in tensorflow/c/c_api.h). */
export const attributeType = {
  string: 0,
  int: 1,
  float: 2,
  bool: 3,
  type: 4,
  shape: 5,
  resource: 8,
} as const;

export interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

type Setter<Value> = (operation: Pointer, name: string, value: Value) => void;
type ListSetter<Values> = (operation: Pointer, name: string, values: Values, count: number) => void;

export interface AttributeSetters {
  string: ListSetter<Uint8Array>;
  int: Setter<number>;
  float: Setter<number>;
  bool: Setter<number>;
  type: Setter<number>;
  shape: ListSetter<BigInt64Array>;
  ints: ListSetter<BigInt64Array>;
  floats: ListSetter<Float32Array>;
  bools: ListSetter<Uint8Array>;
  types: ListSetter<Int32Array>;
}

/** Setters for an operation that is run at once; `status` tells if a shape can't be one. */
export function eagerSetters(api: CApi, status: Pointer): AttributeSetters {
  return {
    string: api.TFE_OpSetAttrString,
    int: api.TFE_OpSetAttrInt,
    float: api.TFE_OpSetAttrFloat,
    bool: api.TFE_OpSetAttrBool,
    type: api.TFE_OpSetAttrType,
    shape: (operation, name, dimensions, rank) =>
      api.TFE_OpSetAttrShape(operation, name, dimensions, rank, status),
    ints: api.TFE_OpSetAttrIntList,
    floats: api.TFE_OpSetAttrFloatList,
    bools: api.TFE_OpSetAttrBoolList,
    types: api.TFE_OpSetAttrTypeList,
  };
}

/** Setters for an operation of a graph; whether they fit is told when it is finished. */
export function graphSetters(api: CApi): AttributeSetters {
  return {
    string: api.TF_SetAttrString,
    int: api.TF_SetAttrInt,
    float: api.TF_SetAttrFloat,
    bool: api.TF_SetAttrBool,
    type: api.TF_SetAttrType,
    shape: api.TF_SetAttrShape,
    ints: api.TF_SetAttrIntList,
    floats: api.TF_SetAttrFloatList,
    bools: api.TF_SetAttrBoolList,
    types: api.TF_SetAttrTypeList,
  };
}

/** @throws Error for a kind of attribute that can't be passed on. */
export function setAttribute(
  set: AttributeSetters,
  operation: Pointer,
  { name, type, value }: Attribute,
): void {
  const list = Array.isArray(value) ? value : undefined;
  switch (type) {
    case attributeType.type:
      if (list) set.types(operation, name, Int32Array.from(list), list.length);
      else set.type(operation, name, value as number);
      return;
    case attributeType.int:
      if (list) set.ints(operation, name, BigInt64Array.from(list, BigInt), list.length);
      else set.int(operation, name, value as number);
      return;
    case attributeType.float:
      if (list) set.floats(operation, name, Float32Array.from(list), list.length);
      else set.float(operation, name, value as number);
      return;
    case attributeType.bool:
      if (list) set.bools(operation, name, Uint8Array.from(list), list.length);
      else set.bool(operation, name, value ? 1 : 0);
      return;
    case attributeType.string: {
      const bytes = Buffer.from(value as string);
      set.string(operation, name, bytes, bytes.length);
      return;
    }
    case attributeType.shape: {
      const shape = BigInt64Array.from(value as number[], BigInt);
      set.shape(operation, name, shape, shape.length);
      return;
    }
    default:
      throw new Error(`The attribute ${name} is of kind ${type}, which this binding cannot pass on.`);
  }
}
