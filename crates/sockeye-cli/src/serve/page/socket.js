// A WebSocket that a page can hold itself or leave to a worker: it takes the same orders and tells the same events in
// both. As a worker, this file is the worker.

/**
 * Runs a WebSocket by orders: {open, protocols}, {send}, {close, reason}.
 * @param tell takes what happens: {opened, ...}, {received}, {closed, ...}, {failed}
 * @returns takes an order
 */
export function socket(tell) {
  let ws = null;
  const open = ({ open: url, protocols }) => {
    ws = new WebSocket(url, protocols);
    ws.binaryType = "arraybuffer";
    ws.onopen = () => tell({ opened: true, protocol: ws.protocol, extensions: ws.extensions });
    ws.onmessage = ({ data }) => tell({ received: data });
    ws.onclose = ({ code, reason, wasClean }) => tell({ closed: code, reason, wasClean });
  };
  return (order) => {
    try {
      if ("open" in order) {
        open(order);
      } else if ("send" in order) {
        ws.send(order.send);
      } else {
        ws.close(order.close, order.reason);
      }
    } catch (error) {
      tell({ failed: error.message });
      if ("open" in order) {
        tell({ closed: 1006, reason: "", wasClean: false });
      }
    }
  };
}

/** The same in a worker of its own. */
export function socketInWorker(tell) {
  const worker = new Worker(import.meta.url, { type: "module" });
  worker.onmessage = ({ data }) => {
    tell(data);
    if ("closed" in data) {
      worker.terminate();
    }
  };
  worker.onerror = (error) => tell({ failed: error.message || "the worker does not start" });
  return (order) => worker.postMessage(order);
}

if (typeof WorkerGlobalScope !== "undefined" && self instanceof WorkerGlobalScope) {
  const obey = socket((event) => postMessage(event));
  onmessage = ({ data }) => obey(data);
}
