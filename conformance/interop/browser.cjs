// `browser.cjs CHROMIUM ADDRESS`: a page and a worker in headless Chromium against the echo at ADDRESS.
//
// The page comes from a server of our own that hands upgrades on to ADDRESS byte by byte, so that page and WebSocket
// are of one origin, as behind any front server.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const path = require("node:path");
const { once } = require("node:events");
const { withChromium, main } = require("./chromium.cjs");

const FILES = {
  "/": ["index.html", "text/html"],
  "/exchange.js": ["exchange.js", "text/javascript"],
  "/worker.js": ["worker.js", "text/javascript"],
};

function serve(backend) {
  const server = http.createServer((request, response) => {
    const [file, type] = FILES[request.url] ?? [];
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": type });
    fs.createReadStream(path.join(__dirname, "page", file)).pipe(response);
  });
  server.on("upgrade", (request, client, head) => {
    const [host, port] = backend.split(":");
    const upstream = net.connect(Number(port), host);
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    }
    upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      socket.on("error", () => [client, upstream].forEach((end) => end.destroy()));
    }
  });
  return server;
}

main(async (executablePath, backend) => {
  const server = serve(backend);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `127.0.0.1:${server.address().port}`;
  await withChromium(executablePath, [], async (browser) => {
    const page = await browser.newPage();
    await page.goto(`http://${origin}/`);
    for (const [name, url] of [
      ["exchange", `ws://${origin}/echo`],
      ["exchangeInWorker", `ws://${origin}/echo`],
      ["refused", `ws://${backend}/echo`],
    ]) {
      const outcome = await page.evaluate(([name, url]) => globalThis[name](url), [name, url]);
      assert.strictEqual(outcome, "done", name);
      console.log(`${name}: done`);
    }
  });
  server.close();
});
