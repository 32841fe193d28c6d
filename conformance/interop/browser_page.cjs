// `browser_page.cjs CHROMIUM ADDRESS`: the page that `sockeye serve` has for trying it out, used as a person would.
"use strict";

const assert = require("node:assert");
const { withChromium, main } = require("./chromium.cjs");

/** Waits for a line of the page's log that begins so, behind those that were seen before. */
async function line(page, text) {
  const found = page.locator("#log li", { hasText: text }).last();
  await found.waitFor({ timeout: 10_000 });
  return (await found.innerText()).replace(/\s+/g, " ");
}

async function clear(page) {
  await page.click("#clear");
}

async function choose(page, name) {
  await page.getByText(name, { exact: true }).click();
}

/** Opens, sends text and bytes of every size, and closes by a code. */
async function exchange(page, home) {
  await choose(page, home);
  await page.fill("[name=protocols]", "echo.v2, echo.v1");
  await page.click("#connect");
  assert.match(await line(page, "subprotocol"), /subprotocol echo\.v1; permessage-deflate/);
  await page.fill("[name=text]", "κόσμε <b>");
  await page.press("[name=text]", "Enter");
  assert.match(await line(page, "received"), /κόσμε <b>/);
  for (const [bytes, shown] of [["0", "0 B"], ["16", "16 B"], ["1048576", "1 MiB"]]) {
    await clear(page);
    await page.selectOption("[name=size]", bytes);
    await page.getByRole("button", { name: "Send bytes" }).click();
    const [sent, received] = [await line(page, "→ sent"), await line(page, "← received")];
    assert.strictEqual(received.split("received")[1], sent.split("sent")[1]);
    assert(received.includes(shown), received);
  }
  await page.fill("[name=code]", "3001");
  await page.fill("[name=reason]", "enough");
  await page.getByRole("button", { name: "Close", exact: true }).click();
  assert.match(await line(page, "goodbye"), /closed 3001, both sides said goodbye/);
  await clear(page);
}

/** What one page says, the other hears, and so does the speaker. */
async function broadcast(browser, page, url) {
  const other = await browser.newPage();
  await other.goto(url);
  for (const each of [page, other]) {
    await choose(each, "Broadcast");
    await each.click("#connect");
    await line(each, "opened");
  }
  await other.fill("[name=text]", "to all");
  await other.getByRole("button", { name: "Send text" }).click();
  for (const each of [page, other]) {
    assert.match(await line(each, "received"), /to all/);
  }
}

main(async (executablePath, address) => {
  await withChromium(executablePath, [], async (browser) => {
    const page = await browser.newPage();
    const complaints = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`http://${address}/`);
    await exchange(page, "This page");
    console.log("page: done");
    await exchange(page, "Web Worker");
    console.log("worker: done");
    await broadcast(browser, page, `http://${address}/`);
    console.log("broadcast: done");
    assert.deepStrictEqual(complaints, []);
  });
});
