// The five sockets of a Jupyter kernel on ZeroMQ, and the transport that the shell speaks through.
// The heartbeat is echoed on this process's event loop: user code runs in another process, so nothing
// here blocks for long. (zeromq.js aborts at exit when a worker thread or a proxy still holds a socket.)

import { Reply, Router, type Socket, XPublisher } from "zeromq";
import type { Outgoing, ReplyChannel, Request, Transport } from "../shell/transport.ts";
import { type Channel, type ConnectionInfo, endpoint } from "./connection.ts";
import { decodeMessage, encodeMessage, HeaderFactory, Signer, WireError } from "./message.ts";
import { SendQueue } from "./send-queue.ts";

/** How long closed sockets keep trying to deliver what they hold, in ms. */
const LINGER = 1000;

const unlimited = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: LINGER };

export class ZeroMqTransport implements Transport {
  readonly #signer: Signer;
  readonly #headers = new HeaderFactory();
  readonly #shell: Router;
  readonly #control: Router;
  readonly #stdin: Router;
  readonly #iopub: XPublisher;
  readonly #heartbeat: Reply;
  readonly #queues: Record<ReplyChannel | "iopub", SendQueue>;

  /** A transport that listens where `info` says. Throws where an address is taken. */
  static async bind(info: ConnectionInfo): Promise<ZeroMqTransport> {
    const transport = new ZeroMqTransport(info);
    await transport.#bind(info);
    return transport;
  }

  private constructor(info: ConnectionInfo) {
    this.#signer = new Signer(info.key, info.signatureScheme);
    const options = { ...unlimited, ...encryption(info) };
    this.#shell = new Router(options);
    this.#control = new Router(options);
    this.#stdin = new Router(options);
    this.#iopub = new XPublisher({ ...options, verbosity: "allSubs" });
    this.#heartbeat = new Reply({ ...encryption(info), linger: 0 });
    const queue = (channel: string, socket: Router | XPublisher) =>
      new SendQueue(socket, (error) => log(`could not send on ${channel}: ${error.message}`));
    this.#queues = {
      shell: queue("shell", this.#shell),
      control: queue("control", this.#control),
      stdin: queue("stdin", this.#stdin),
      iopub: queue("iopub", this.#iopub),
    };
  }

  /** Pass each request to `onRequest` from now on. */
  receive(onRequest: (request: Request) => void): void {
    void this.#receive("control", this.#control, onRequest);
    void this.#receive("shell", this.#shell, onRequest);
    void this.#receive("stdin", this.#stdin, onRequest);
  }

  publish(message: Outgoing): void {
    this.#queues.iopub.push(this.#encode(message, [Buffer.from(message.type)]).frames);
  }

  reply(request: Request, message: Outgoing): void {
    this.#queues[request.channel].push(this.#encode(message, request.identities).frames);
  }

  ask(request: Request, message: Outgoing): string {
    const { frames, id } = this.#encode(message, request.identities);
    this.#queues.stdin.push(frames);
    return id;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#queues).map((queue) => queue.flush()));
    for (const socket of [this.#heartbeat, this.#control, this.#shell, this.#stdin, this.#iopub])
      socket.close();
  }

  async #bind(info: ConnectionInfo): Promise<void> {
    const sockets: [Channel, Socket][] = [
      ["hb", this.#heartbeat],
      ["control", this.#control],
      ["shell", this.#shell],
      ["stdin", this.#stdin],
      ["iopub", this.#iopub],
    ];
    for (const [channel, socket] of sockets) await bind(socket, endpoint(info, channel));
    void this.#echo();
    void this.#welcome();
  }

  #encode(message: Outgoing, identities: readonly Uint8Array[]): { frames: Uint8Array[]; id: string } {
    const { type, content, parent = {}, metadata = {}, buffers = [] } = message;
    const header = this.#headers.create(type);
    const whole = { header, parent, metadata, content, buffers };
    return { frames: encodeMessage(whole, identities, this.#signer), id: header.msg_id };
  }

  async #receive(
    channel: ReplyChannel,
    socket: Router,
    onRequest: (request: Request) => void,
  ): Promise<void> {
    for await (const frames of socket) {
      try {
        const { message, identities } = decodeMessage(frames, this.#signer);
        onRequest({ channel, identities, ...message });
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        log(`dropped a message on ${channel}: ${error.message}`);
      }
    }
  }

  async #echo(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }

  /** Tell a client that its subscription is in force (protocol 5.4), so that it need not guess. */
  async #welcome(): Promise<void> {
    for await (const [frame] of this.#iopub) {
      if (frame?.[0] !== 1) continue;
      const topic = frame.subarray(1);
      const welcome: Outgoing = { type: "iopub_welcome", content: { subscription: topic.toString() } };
      this.#queues.iopub.push(this.#encode(welcome, [topic]).frames);
    }
  }
}

/** Clients that don't know our public key get no connection. https://rfc.zeromq.org/spec/26/ */
function encryption({ curve }: ConnectionInfo) {
  if (!curve) return {};
  return { curveServer: true, curvePublicKey: curve.publicKey, curveSecretKey: curve.secretKey };
}

async function bind(socket: Socket, address: string): Promise<void> {
  try {
    await socket.bind(address);
  } catch (error) {
    throw new Error(`Cannot listen on ${address}: ${(error as Error).message}`);
  }
}

function log(message: string): void {
  console.error(`nablab kernel: ${message}`);
}
