// `client.cjs URL`: the Node package ws as the client of an echo.
"use strict";

const assert = require("node:assert");
const { once } = require("node:events");
const WebSocket = require("ws");

const LARGE = 1 << 20;

/** Sends the parts of a message, and expects them back as one. */
async function echoes(ws, ...parts) {
  const binary = Buffer.isBuffer(parts[0]);
  parts.forEach((part, at) => ws.send(part, { fin: at === parts.length - 1, binary }));
  const [data, isBinary] = await once(ws, "message");
  assert.strictEqual(isBinary, binary);
  const whole = Buffer.concat(parts.map((part) => Buffer.from(part)));
  assert(whole.equals(data), `expected ${whole.length} bytes, got ${data.length} others`);
}

async function exchange(url) {
  // None of the bytes is spared: the smallest message is compressed too.
  const ws = new WebSocket(url, { perMessageDeflate: { threshold: 0 } });
  await once(ws, "open");
  assert.match(ws.extensions, /^permessage-deflate/);
  await echoes(ws, "κόσμε");
  await echoes(ws, "");
  await echoes(ws, Buffer.from(Array.from({ length: LARGE }, (_, at) => (at * 31) % 251)));
  await echoes(ws, "again and again ".repeat(LARGE / 16));
  await echoes(ws, "in ", "three ", "parts");
  ws.ping("are you there");
  const [pong] = await once(ws, "pong");
  assert.strictEqual(pong.toString(), "are you there");
  ws.close(3001, "done");
  const [code] = await once(ws, "close");
  assert.strictEqual(code, 3001);
}

// A wait that nothing ends lets the program end as if all were well.
process.exitCode = 1;
exchange(process.argv[2]).then(
  () => {
    process.exitCode = 0;
  },
  (error) => console.error(error),
);
