import { socket, socketInWorker } from "./socket.js";

/** More would only make the page slow. */
const LINES = 200;
const SHOWN_CHARACTERS = 2000;
const SHOWN_BYTES = 24;

const $ = (id) => document.getElementById(id);
const fields = (form) => $(form).elements;

let order = null;
let asked = null;
const count = { sent: 0, received: 0 };

function size(bytes) {
  const units = [[1 << 20, "MiB"], [1 << 10, "KiB"]];
  const unit = units.find(([many]) => bytes >= many);
  return unit ? `${Math.round((bytes / unit[0]) * 10) / 10} ${unit[1]}` : `${bytes} B`;
}

function shown(data) {
  if (typeof data === "string") {
    const rest = data.length - SHOWN_CHARACTERS;
    return rest > 0 ? `${data.slice(0, SHOWN_CHARACTERS)} … and ${rest} more` : data;
  }
  const bytes = new Uint8Array(data);
  const digits = [...bytes.slice(0, SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `${size(bytes.length)}  ${digits.join(" ")}${bytes.length > SHOWN_BYTES ? " …" : ""}`;
}

function line(kind, word, text) {
  const log = $("log");
  const follows = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  const item = document.createElement("li");
  item.dataset.kind = kind;
  const time = document.createElement("time");
  time.textContent = new Date().toLocaleTimeString([], { hour12: false });
  const what = document.createElement("b");
  what.textContent = word;
  const rest = document.createElement("span");
  rest.textContent = text;
  item.append(time, what, rest);
  log.append(item);
  while (log.childElementCount > LINES) {
    log.firstElementChild.remove();
  }
  if (follows) {
    log.scrollTop = log.scrollHeight;
  }
}

function state(name, words) {
  $("state").dataset.state = name;
  $("state").textContent = words;
  const isOpen = name === "open";
  for (const form of ["text", "bytes", "close"]) {
    $(form).querySelector("button").disabled = !isOpen;
  }
  for (const control of fields("connection")) {
    control.disabled = name !== "closed";
  }
}

const happened = {
  opened: ({ protocol, extensions }) => {
    state("open", "connected");
    const agreed = [protocol && `subprotocol ${protocol}`, extensions].filter(Boolean);
    line("opened", "opened", agreed.join("; ") || "without compression");
  },
  received: ({ received }) => {
    count.received += 1;
    $("received").textContent = count.received;
    if (asked !== null) {
      $("took").textContent = `${(performance.now() - asked).toFixed(1)} ms`;
      asked = null;
    }
    line("received", "← received", shown(received));
  },
  closed: ({ closed, reason, wasClean }) => {
    order = null;
    state("closed", "not connected");
    const how = wasClean ? "both sides said goodbye" : "without a goodbye";
    line("closed", "closed", `${closed}${reason && ` “${reason}”`}, ${how}`);
  },
  failed: ({ failed }) => {
    line("failed", "failed", failed);
    if ($("state").dataset.state === "closing") {
      state("open", "connected");
    }
  },
};

function tell(event) {
  const [name] = Object.keys(event);
  happened[name](event);
}

function send(data) {
  count.sent += 1;
  $("sent").textContent = count.sent;
  asked = performance.now();
  line("sent", "→ sent", shown(data));
  order({ send: data });
}

/** Does something instead of what a form does by itself. */
function on(form, act) {
  $(form).addEventListener("submit", (event) => {
    event.preventDefault();
    act(fields(form));
  });
}

on("connection", ({ path, home, protocols }) => {
  const url = new URL(path.value, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const names = protocols.value.split(/[\s,]+/).filter(Boolean);
  const inWorker = home.value === "worker";
  state("opening", "connecting");
  line("opening", "opening", `${url.href} in ${inWorker ? "a worker" : "this page"}`);
  order = (inWorker ? socketInWorker : socket)(tell);
  order({ open: url.href, protocols: names });
});

on("text", ({ text }) => send(text.value));
fields("text").text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && order !== null) {
    event.preventDefault();
    $("text").requestSubmit();
  }
});

on("bytes", ({ size: chosen }) => {
  const bytes = new Uint8Array(Number(chosen.value));
  // As many at a time as the browser gives.
  for (let at = 0; at < bytes.length; at += 1 << 16) {
    crypto.getRandomValues(bytes.subarray(at, at + (1 << 16)));
  }
  send(bytes.buffer);
});

on("close", ({ code, reason }) => {
  state("closing", "closing");
  order({ close: Number(code.value), reason: reason.value });
});

$("clear").addEventListener("click", () => $("log").replaceChildren());
