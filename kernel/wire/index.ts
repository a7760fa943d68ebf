// The face of the wire: a transport on ZeroMQ from a Jupyter connection file.

export { readConnectionFile } from "./connection.ts";
export { ZeroMqTransport } from "./sockets.ts";
