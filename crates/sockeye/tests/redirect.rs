//! Redirects: followed when that is wanted, with nothing told to strangers, and never in circles.
#![cfg(all(feature = "client", feature = "server"))]

mod peers;

use peers::{answer, connect, fail, header};
use sockeye::{ConnectError, RedirectError};

fn found(location: &str) -> Vec<u8> {
    let length = "Content-Length: 0\r\n";
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n{length}\r\n").into_bytes()
}

#[tokio::test]
async fn a_redirect_is_an_error_unless_it_is_wanted() {
    let (url, _server) = answer(|_| found("/elsewhere")).await;
    let error = fail(sockeye::connect(url)).await;
    let response = error.response().expect("the response is kept");
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["location"], "/elsewhere");
}

#[tokio::test]
async fn a_redirect_to_another_origin_takes_no_secret_along() {
    let (end, last) = answer(|head| peers::accept(head, "")).await;
    let (start, first) = answer(move |_| found(&end)).await;
    let start = start.replace("ws://", "ws://user:password@");
    let connecting = sockeye::connect(start)
        .header(http::header::COOKIE, "a=b".parse().expect("a value"))
        .header(http::header::USER_AGENT, "test".parse().expect("a value"))
        .redirects(1);
    drop(connect(connecting).await.expect("a connection"));
    let first = first.await.expect("no panic").to_ascii_lowercase();
    assert!(first.contains("\r\nauthorization: basic ") && first.contains("\r\ncookie: a=b\r\n"));
    let last = last.await.expect("no panic").to_ascii_lowercase();
    assert!(!last.contains("authorization") && !last.contains("cookie"), "{last}");
    assert_eq!(header(&last, "user-agent"), Some("test"));
}

#[tokio::test]
async fn too_many_redirects_are_named() {
    let (third, _server) = answer(|_| found("ws://nowhere.invalid/")).await;
    let (second, _server) = answer(move |_| found(&third)).await;
    let (first, _server) = answer(move |_| found(&second)).await;
    let error = fail(sockeye::connect(first.clone()).redirects(2)).await;
    let ConnectError::Redirect(RedirectError::TooMany { allowed: 2, hops }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(hops.first(), Some(&first));
    assert_eq!(hops.last().map(String::as_str), Some("ws://nowhere.invalid:80/"));
    assert_eq!(hops.len(), 4);
}

#[tokio::test]
async fn a_loop_is_named() {
    let (listener, address) = peers::listen().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = peers::read_head(&mut stream).await;
            let to = if head.starts_with("GET /a ") { "/b" } else { "/a" };
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, &found(to)).await;
        }
    });
    let error = fail(sockeye::connect(format!("ws://{address}/a")).redirects(20)).await;
    let ConnectError::Redirect(RedirectError::Loop { hops }) = error else { panic!("{error:?}") };
    let expected = ["/a", "/b", "/a"].map(|path| format!("ws://{address}{path}"));
    assert_eq!(hops, expected);
}

#[tokio::test]
async fn a_redirect_without_a_target_is_a_refusal_as_any_other() {
    let (url, _server) =
        answer(|_| b"HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nno".to_vec()).await;
    let error = fail(sockeye::connect(url).redirects(1)).await;
    assert_eq!(error.response().expect("the response is kept").body(), "no");
}

#[tokio::test]
async fn a_redirect_to_what_is_no_url_is_told() {
    let (url, _server) = answer(|_| found("mailto:a@b")).await;
    let error = fail(sockeye::connect(url).redirects(1)).await;
    assert!(matches!(error, ConnectError::Redirect(RedirectError::Location(_))), "{error:?}");
}
