// Frames, signatures, connection files and the send queue; the sockets themselves against a real client socket.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Dealer, Request as RequestSocket, Subscriber } from "zeromq";
import type { Request } from "../shell/transport.ts";
import { type ConnectionInfo, endpoint, readConnectionFile } from "./connection.ts";
import { decodeMessage, encodeMessage, HeaderFactory, Signer, WireError } from "./message.ts";
import { SendQueue } from "./send-queue.ts";
import { ZeroMqTransport } from "./sockets.ts";

const folder = mkdtempSync(join(tmpdir(), "wire-"));
after(() => rmSync(folder, { recursive: true }));

const signer = new Signer("secret");
const headers = new HeaderFactory();

function sample() {
  const header = headers.create("execute_request");
  const content = { code: "'ü 😀'" };
  return {
    header,
    parent: headers.create("parent"),
    metadata: { a: 1 },
    content,
    buffers: [Buffer.from([0, 255])],
  };
}

test("a message survives the wire", () => {
  const message = sample();
  const identities = [Buffer.from("one"), Buffer.from([0, 1, 2])];
  const decoded = decodeMessage(encodeMessage(message, identities, signer), signer);
  assert.deepEqual(decoded, { message, identities });
});

test("the signature is the hex HMAC-SHA256 of the four parts", () => {
  // RFC 4231, test case 2, its data cut into four frames.
  const parts = ["what do ya ", "want ", "for ", "nothing?"].map((part) => Buffer.from(part));
  const expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  assert.equal(new Signer("Jefe").sign(parts), expected);
  assert.equal(new Signer("").sign(parts), "");
});

test("what is forged, cut or no JSON is refused", () => {
  const frames = encodeMessage(sample(), [], signer);
  const changed = (index: number, text: string) => frames.with(index, Buffer.from(text));
  const refused: [Uint8Array[], RegExp][] = [
    [changed(5, "{}"), /signature/],
    [changed(1, "00"), /signature/],
    [frames.slice(1), /delimiter/],
    [frames.slice(0, 4), /frames/],
    [encodeMessage(sample(), [], new Signer("other")), /signature/],
  ];
  for (const [bad, reason] of refused) {
    assert.throws(
      () => decodeMessage(bad, signer),
      (error) => error instanceof WireError && reason.test(error.message),
    );
  }
  const open = new Signer("");
  const unsigned = encodeMessage(sample(), [], open);
  for (const text of ["[1]", "null", "{", "{}"]) {
    assert.throws(() => decodeMessage(unsigned.with(2, Buffer.from(text)), open), WireError);
  }
});

test("ten thousand overlapping sends leave in order, one at a time", async () => {
  const sent: number[] = [];
  let active = 0;
  const socket = {
    async send([frame]: Uint8Array[]) {
      active += 1;
      assert.equal(active, 1, "sends overlap");
      if (sent.length % 512 === 0) await setTimeout(1);
      sent.push(Number(frame));
      active -= 1;
    },
  };
  const queue = new SendQueue(socket, assert.fail);
  for (let i = 0; i < 10_000; i += 1) queue.push([Buffer.from(String(i))]);
  await queue.flush();
  assert.deepEqual(sent, [...Array(10_000).keys()]);
});

test("a send that fails is told and does not hold up the next", async () => {
  const sent: string[] = [];
  const errors: Error[] = [];
  const socket = {
    async send([frame]: Uint8Array[]) {
      if (String(frame) === "bad") throw new Error("no");
      sent.push(String(frame));
    },
  };
  const queue = new SendQueue(socket, (error) => errors.push(error));
  for (const text of ["a", "bad", "b"]) queue.push([Buffer.from(text)]);
  await queue.flush();
  assert.deepEqual([sent, errors.length], [["a", "b"], 1]);
});

const fields = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5, key: "k" };

function connectionFile(content: object): string {
  const path = join(folder, "connection.json");
  writeFileSync(path, JSON.stringify(content));
  return path;
}

test("a connection file is read for tcp and ipc", () => {
  const tcp = readConnectionFile(connectionFile({ ...fields, transport: "tcp", ip: "127.0.0.1" }));
  assert.equal(endpoint(tcp, "iopub"), "tcp://127.0.0.1:2");
  const ipc = readConnectionFile(connectionFile({ ...fields, transport: "ipc", ip: "/tmp/k-ipc" }));
  assert.equal(endpoint(ipc, "hb"), "ipc:///tmp/k-ipc-5");
});

test("a wrong connection file is told by file and field", () => {
  assert.throws(() => readConnectionFile(join(folder, "missing.json")), /missing\.json/);
  assert.throws(
    () => readConnectionFile(connectionFile({ ...fields, hb_port: "5" })),
    /connection\.json: "hb_port"/,
  );
  assert.throws(
    () => readConnectionFile(connectionFile({ ...fields, transport: "udp" })),
    /"transport" is "udp"/,
  );
  assert.throws(() => new Signer("k", "hmac-md5"), /hmac-md5/);
});

test("the sockets answer, publish everything in order, and drop what is forged", {
  timeout: 20_000,
}, async (t) => {
  const ip = join(folder, "k");
  const ports = { shell: 1, iopub: 2, stdin: 3, control: 4, hb: 5 };
  const info: ConnectionInfo = { transport: "ipc", ip, ports, key: "secret", signatureScheme: "hmac-sha256" };
  const transport = await ZeroMqTransport.bind(info);
  const received: Request[] = [];
  transport.receive((request) => {
    received.push(request);
    transport.reply(request, { type: "kernel_info_reply", content: {}, parent: request.header });
  });
  const log = t.mock.method(console, "error", () => undefined);

  const heartbeat = new RequestSocket({ linger: 0 });
  heartbeat.connect(endpoint(info, "hb"));
  await heartbeat.send("beat");
  assert.equal(String((await heartbeat.receive())[0]), "beat");

  const subscriber = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  subscriber.subscribe();
  subscriber.connect(endpoint(info, "iopub"));
  const welcome = decodeMessage(await subscriber.receive(), signer).message;
  assert.equal(welcome.header.msg_type, "iopub_welcome");
  const count = 10_000;
  for (let i = 0; i < count; i += 1) transport.publish({ type: "stream", content: { i } });
  for (let i = 0; i < count; i += 1) {
    assert.equal(decodeMessage(await subscriber.receive(), signer).message.content.i, i);
  }

  const client = new Dealer({ linger: 0 });
  client.connect(endpoint(info, "shell"));
  const request = { ...sample(), header: headers.create("kernel_info_request") };
  await client.send(encodeMessage(request, [], new Signer("forged")));
  await client.send(["no", "message"]);
  await client.send(encodeMessage(request, [], signer));
  const reply = decodeMessage(await client.receive(), signer).message;
  assert.deepEqual(reply.parent, request.header);
  assert.equal(received.length, 1);
  assert.deepEqual(received[0]?.content, request.content);
  assert.equal(log.mock.callCount(), 2);

  await assert.rejects(
    ZeroMqTransport.bind({ ...info, transport: "tcp", ip: "256.0.0.1" }),
    /Cannot listen on tcp/,
  );
  for (const socket of [heartbeat, subscriber, client]) socket.close();
  await transport.close();
});
