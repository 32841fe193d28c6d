// The exchange in a worker: answers a URL with what came of it.
"use strict";

importScripts("exchange.js");

onmessage = ({ data }) => {
  exchange(data).then(postMessage, (error) => postMessage(String(error)));
};
