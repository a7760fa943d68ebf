// Which layer failed. TensorFlow tells the name of the operation that failed inside a function, so operations are named
// after their layers there; in hexadecimal digits, since TensorFlow allows few characters.

/** What the names of a layer's operations begin with. */
export function prefixOf(layer: string): string {
  return `layer.${Buffer.from(layer).toString("hex")}/`;
}

/** The layer that a message of TensorFlow's names. */
export function layerIn(message: string): string | undefined {
  const digits = /\{\{node [^}]*\blayer\.([0-9a-f]+)\//.exec(message)?.[1];
  return digits === undefined ? undefined : Buffer.from(digits, "hex").toString();
}
