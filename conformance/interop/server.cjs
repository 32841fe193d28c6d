// `server.cjs`: the Node package ws as an echo, which answers two requests in its own way.
"use strict";

const { WebSocketServer } = require("ws");

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate: { threshold: 0 },
  handleProtocols: (protocols) => protocols.has("echo.v1") && "echo.v1",
});

server.on("connection", (ws) => {
  ws.on("message", (data, isBinary) => {
    const text = isBinary ? null : data.toString();
    if (text === "answer in parts") {
      ["in ", "three ", "parts"].forEach((part, at) => ws.send(part, { fin: at === 2 }));
    } else if (text === "say goodbye") {
      ws.close(4001, "bye");
    } else {
      ws.send(data, { binary: isBinary });
    }
  });
});

server.on("listening", () => {
  const { address, port } = server.address();
  console.log(`listening on http://${address}:${port}`);
});
