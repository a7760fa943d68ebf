// CIFAR-10's binary version: records of one label byte and 3,072 pixel bytes, the red, green and blue plane
// one after the other (https://www.cs.toronto.edu/~kriz/cifar.html).

const side = 32;
const planeSize = side * side;
const recordSize = 1 + 3 * planeSize;

/**
 * Read a batch of the binary version.
 *
 * @param name The file's name, for messages.
 * @returns Pixels 0 to 255, image after image, each `[32, 32, 3]`, and the labels.
 * @throws Error naming the file if it is cut off or a label is not 0 to 9.
 */
export function readCifar10(bytes: Uint8Array, name: string): { images: Uint8Array; labels: Uint8Array } {
  if (bytes.length === 0 || bytes.length % recordSize !== 0) {
    const whole = Math.floor(bytes.length / recordSize);
    throw new Error(
      `${name} has ${bytes.length} bytes: ${whole} records of ${recordSize} and ${bytes.length % recordSize} bytes over; ` +
        "the file is cut off or no CIFAR-10 batch.",
    );
  }
  const count = bytes.length / recordSize;
  const labels = Uint8Array.from({ length: count }, (_, index) => bytes[index * recordSize] as number);
  const wrong = labels.findIndex((label) => label > 9);
  if (wrong >= 0)
    throw new Error(`${name}: record ${wrong} has the label ${labels[wrong]}, expected 0 to 9.`);
  const images = new Uint8Array(count * 3 * planeSize);
  for (let index = 0; index < count; index++) {
    const record = index * recordSize + 1;
    for (let pixel = 0; pixel < planeSize; pixel++) {
      const at = (index * planeSize + pixel) * 3;
      for (let channel = 0; channel < 3; channel++) {
        images[at + channel] = bytes[record + channel * planeSize + pixel] as number;
      }
    }
  }
  return { images, labels };
}
