// Headless Chromium, and the end of a program that drives it.
"use strict";

const { chromium } = require("playwright-core");

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Chromium, lets `drive` have it, and ends it. */
async function withChromium(executablePath, flags, drive) {
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
  try {
    console.log(`Chromium ${browser.version()}`);
    await drive(browser);
  } finally {
    await browser.close();
  }
}

/** Runs a program with its arguments; it fails when that does, or when it waits for something that never comes. */
function main(run) {
  process.exitCode = 1;
  run(...process.argv.slice(2)).then(
    () => {
      process.exitCode = 0;
    },
    (error) => console.error(error),
  );
}

module.exports = { withChromium, main };
