// Plain text in UTF-8.

/**
 * Text of a file: a byte-order mark is left out, line ends become "\n".
 *
 * @param name The file's name, for messages.
 * @throws Error naming the file if its bytes are no UTF-8.
 */
export function readText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\r\n", "\n");
  } catch {
    throw new Error(
      `${name} is no text in UTF-8 (${bytes.length} bytes); is it compressed or in another encoding?`,
    );
  }
}
