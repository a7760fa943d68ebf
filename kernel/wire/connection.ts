// The connection file that Jupyter hands to a kernel: where to listen and which key signs the messages.
// https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files

import { chmodSync, readFileSync, statSync } from "node:fs";

export type Channel = "shell" | "control" | "stdin" | "iopub" | "hb";

const CHANNELS: readonly Channel[] = ["shell", "control", "stdin", "iopub", "hb"];

export interface ConnectionInfo {
  transport: "tcp" | "ipc";
  /** A host name or address, or with `ipc` the path that the sockets' paths begin with. */
  ip: string;
  ports: Record<Channel, number>;
  key: string;
  signatureScheme: string;
  /** Keys of CurveZMQ, in Z85, where all messages are to be encrypted. */
  curve?: { publicKey: string; secretKey: string };
}

/** Read a connection file. Throws an error that names the file and the field which is missing or wrong. */
export function readConnectionFile(path: string): ConnectionInfo {
  let file: Record<string, unknown>;
  try {
    file = JSON.parse(readFileSync(path, "utf8"));
    keepPrivate(path);
  } catch (error) {
    throw new Error(`Cannot read the connection file ${path}: ${(error as Error).message}`);
  }
  const text = (field: string, fallback: string): string => {
    const value = file[field] ?? fallback;
    if (typeof value !== "string") {
      throw new Error(`${path}: "${field}" is ${JSON.stringify(value)}, expected a string.`);
    }
    return value;
  };
  const port = (channel: Channel): number => {
    const value = file[`${channel}_port`];
    if (typeof value !== "number") {
      throw new Error(`${path}: "${channel}_port" is ${JSON.stringify(value)}, expected a number.`);
    }
    return value;
  };
  const transport = text("transport", "tcp");
  if (transport !== "tcp" && transport !== "ipc") {
    throw new Error(`${path}: "transport" is "${transport}", expected "tcp" or "ipc".`);
  }
  const [publicKey, secretKey] = [text("curve_publickey", ""), text("curve_secretkey", "")];
  if ((publicKey === "") !== (secretKey === "")) {
    throw new Error(`${path}: "curve_publickey" and "curve_secretkey" belong together, but one is missing.`);
  }
  return {
    transport,
    ...(secretKey === "" ? {} : { curve: { publicKey, secretKey } }),
    ip: text("ip", "127.0.0.1"),
    ports: Object.fromEntries(CHANNELS.map((channel) => [channel, port(channel)])) as Record<Channel, number>,
    key: text("key", ""),
    signatureScheme: text("signature_scheme", "hmac-sha256"),
  };
}

/** Who can read the file can run code here: it holds the key. */
function keepPrivate(path: string): void {
  const { mode, uid } = statSync(path);
  if (process.platform === "win32" || (mode & 0o077) === 0 || uid !== process.getuid?.()) return;
  chmodSync(path, 0o600);
  console.error(`nablab kernel: ${path} could be read by others; now it is its owner's alone.`);
}

/** The ZeroMQ address of one channel. */
export function endpoint({ transport, ip, ports }: ConnectionInfo, channel: Channel): string {
  return transport === "tcp" ? `tcp://${ip}:${ports[channel]}` : `ipc://${ip}-${ports[channel]}`;
}
