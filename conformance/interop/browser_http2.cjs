// `browser_http2.cjs CHROMIUM ADDRESS CERTIFICATE`: the page and the worker of `browser.cjs` from the server itself, over
// TLS. Chromium takes HTTP/2 for a WebSocket once it has a page from there over HTTP/2 (RFC 8441).
"use strict";

const assert = require("node:assert");
const { X509Certificate, createHash } = require("node:crypto");
const fs = require("node:fs");
const { withChromium, main } = require("./chromium.cjs");

/** What Chromium calls the key that it is told to trust. */
function nameOfKey(file) {
  const { publicKey } = new X509Certificate(fs.readFileSync(file));
  const key = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

main(async (executablePath, address, certificate) => {
  const trust = `--ignore-certificate-errors-spki-list=${nameOfKey(certificate)}`;
  await withChromium(executablePath, [trust], async (browser) => {
    const page = await browser.newPage();
    await page.goto(`https://${address}/index.html`);
    const version = await page.evaluate(
      () => performance.getEntriesByType("navigation")[0].nextHopProtocol,
    );
    assert.strictEqual(version, "h2");
    const url = `wss://${address}/echo`;
    for (const name of ["exchange", "exchangeInWorker"]) {
      const outcome = await page.evaluate(([name, url]) => globalThis[name](url), [name, url]);
      assert.strictEqual(outcome, "done", name);
      console.log(`${name}: done`);
    }
  });
});
