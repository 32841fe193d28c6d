//! A chat with its page, in axum: open `http://127.0.0.1:8080/` twice.

use axum::{Router, extract::State, response::Html, routing};
use sockeye::{Answer, Broadcast, Upgrade, WebSocket};

const PAGE: &str = r##"<!doctype html><title>chat</title><ul id=log></ul><form><input id=text autofocus></form>
<script>
  const ws = new WebSocket(`ws://${location.host}/chat`);
  const log = (text) => {
    document.querySelector("#log").append(document.createElement("li"));
    document.querySelector("#log").lastChild.textContent = text;
  };
  ws.onmessage = (event) => log(event.data);
  ws.onclose = (event) => log(`closed with ${event.code}`);
  document.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    ws.send(document.querySelector("#text").value);
    event.target.reset();
  };
</script>"##;

async fn chat(State(room): State<Broadcast>, upgrade: Upgrade) -> Answer {
    upgrade.on_upgrade(|ws| async {
        let _ = talk(ws, room).await;
    })
}

async fn talk(ws: WebSocket, room: Broadcast) -> Result<(), sockeye::Error> {
    let (mut receiver, sender) = ws.split();
    let _member = room.join(&sender);
    while let Some(message) = receiver.recv().await? {
        room.send(message).await;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/", routing::get(|| async { Html(PAGE) }))
        .route("/chat", routing::any(chat))
        .with_state(Broadcast::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app).await
}
