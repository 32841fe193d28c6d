// What a page and a worker do with an echo. Loaded by both; throws when something is not as expected.
"use strict";

const LARGE = 1 << 20;

function expect(holds, what) {
  if (!holds) {
    throw new Error(`expected ${what}`);
  }
}

/** The next event of that name; an end that comes in its place is an error. */
function next(ws, name) {
  return new Promise((resolve, reject) => {
    ws.addEventListener(name, resolve, { once: true });
    if (name !== "close") {
      const ended = (event) => reject(new Error(`expected ${name}, got the end: ${event.code}`));
      ws.addEventListener("close", ended, { once: true });
    }
  });
}

async function echo(ws, message) {
  ws.send(message);
  return (await next(ws, "message")).data;
}

async function exchange(url) {
  const ws = new WebSocket(url, ["echo.v2", "echo.v1"]);
  ws.binaryType = "arraybuffer";
  await next(ws, "open");
  expect(ws.protocol === "echo.v1", `the subprotocol echo.v1, got "${ws.protocol}"`);
  expect(ws.extensions.startsWith("permessage-deflate"), `compression, got "${ws.extensions}"`);
  for (const text of ["κόσμε", "", "again and again ".repeat(LARGE / 16)]) {
    expect((await echo(ws, text)) === text, `the text of ${text.length} characters back`);
  }
  const bytes = Uint8Array.from({ length: LARGE }, (_, at) => (at * 31) % 251);
  const back = new Uint8Array(await echo(ws, bytes));
  expect(back.length === LARGE && back.every((byte, at) => byte === bytes[at]), "the bytes back");
  ws.close(3001, "done");
  const { code, reason, wasClean } = await next(ws, "close");
  expect(wasClean && code === 3001, `a clean end with 3001, got ${code} "${reason}"`);
  await tooLarge(url);
  return "done";
}

/** The server says goodbye by a code of its own. */
async function tooLarge(url) {
  const ws = new WebSocket(url);
  await next(ws, "open");
  ws.send(new Uint8Array(3 * LARGE));
  const { code } = await next(ws, "close");
  expect(code === 1009, `an end with 1009, got ${code}`);
}

/** A page of another origin is turned away: all it learns is that the connection failed. */
async function refused(url) {
  const { code, wasClean } = await next(new WebSocket(url), "close");
  expect(!wasClean && code === 1006, `a refusal, got ${code}`);
  return "done";
}
