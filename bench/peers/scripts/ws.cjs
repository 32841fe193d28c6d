// ws: `node ws.cjs JOB PORT`, its echo and its broadcast as its own documents have them.

const { WebSocket, WebSocketServer } = require('ws');

const [job, port] = process.argv.slice(2);
if (!['echo', 'broadcast', 'deflate'].includes(job)) {
  console.error(`expected a job that this server does, got ${job}`);
  process.exit(1);
}

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(port),
  perMessageDeflate: job === 'deflate',
});

const echo = (socket) => (data, isBinary) => socket.send(data, { binary: isBinary });

const broadcast = (data, isBinary) => {
  for (const client of server.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
  }
};

server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', job === 'broadcast' ? broadcast : echo(socket));
});
