//! `sockeye serve --dir`: files of a folder, and nothing else.
#![cfg(unix)]

mod serving;

use std::{fs, os::unix::fs::symlink, process::Command};

use serving::{Folder, Server, UPGRADE};

/// A folder to serve, with something beside it that must not be.
fn folder(name: &str) -> (Folder, String) {
    let folder = Folder::new(name);
    folder.write("secret.txt", "secret");
    folder.write("public/hello.txt", "hello");
    folder.write("public/a b/ü.html", "<p>hello");
    folder.write("public/folder/index.html", "<p>a page");
    folder.write("public/.hidden", "secret");
    folder.write("public/empty.css", "");
    let public = folder.path("public");
    (folder, public)
}

#[test]
fn a_file_is_served_with_its_kind_and_its_length() {
    let (_folder, public) = folder("kinds");
    let server = Server::start(&["--dir", &public]);
    for (path, kind, body) in [
        ("/hello.txt", "text/plain; charset=utf-8", "hello"),
        ("/hello.txt?query", "text/plain; charset=utf-8", "hello"),
        ("/a%20b/%c3%bc.html", "text/html; charset=utf-8", "<p>hello"),
        ("/folder/", "text/html; charset=utf-8", "<p>a page"),
        ("/empty.css", "text/css; charset=utf-8", ""),
    ] {
        let answer = server.get(path);
        assert_eq!((answer.status(), answer.body()), (200, body), "{path}: {answer}");
        assert_eq!(answer.header("content-type"), Some(kind), "{path}");
        assert_eq!(answer.header("content-length"), Some(&*body.len().to_string()), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        let head = server.ask("HEAD", path);
        assert_eq!((head.status(), head.body()), (200, ""), "{path}: {head}");
        assert_eq!(head.header("content-length"), answer.header("content-length"), "{path}");
    }
    assert_eq!(server.ask("PUT", "/hello.txt").status(), 405);
    let moved = server.get("/folder?query");
    assert_eq!((moved.status(), moved.header("location")), (308, Some("/folder/?query")));
    assert_eq!(server.get("/").header("content-type"), Some("text/html; charset=utf-8"));
}

#[test]
fn nothing_leads_out_of_the_folder() {
    let (folder, public) = folder("escapes");
    let server = Server::start(&["--dir", &public]);
    symlink(folder.path("secret.txt"), folder.path("public/link.txt")).expect("a link");
    symlink("..", folder.path("public/up")).expect("a link");
    symlink("hello.txt", folder.path("public/inside.txt")).expect("a link");
    symlink("loop", folder.path("public/loop")).expect("a link");
    let fifo = Command::new("mkfifo").arg(folder.path("public/pipe")).status();
    assert!(fifo.is_ok_and(|status| status.success()));
    assert_eq!(server.get("/inside.txt").body(), "hello");
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/a%20b/../../secret.txt",
        "/.hidden",
        "/%2ehidden",
        "//hello.txt",
        "/./hello.txt",
        "/link.txt",
        "/up/secret.txt",
        "/up/",
        "/loop",
        "/pipe",
        "/hello.txt/",
        "/hello.txt/x",
        "/a%20b/",
        "/hello.txt%00",
        "/%ff",
        "/nothing",
        "/folder//",
        &format!("/{}", "x".repeat(5000)),
    ] {
        let answer = server.get(path);
        assert!([400, 404].contains(&answer.status()), "{path}: {answer}");
        assert!(!answer.body().contains("secret"), "{path}: {answer}");
    }
    drop(folder);
}

#[test]
fn an_upgrade_is_never_served_a_file() {
    let (folder, public) = folder("upgrades");
    folder.write("public/echo", "a file of that name");
    let server = Server::start(&["--dir", &public]);
    assert_eq!(server.answer(UPGRADE.replace("/echo", "/hello.txt")).status(), 404);
    assert_eq!(server.answer(UPGRADE.replace("Version:13", "Version:12")).status(), 426);
    assert_eq!(server.get("/echo").status(), 426);
}

#[test]
fn what_somebody_has_already_is_not_sent_again() {
    let (folder, public) = folder("tags");
    let server = Server::start(&["--dir", &public]);
    let first = server.get("/hello.txt");
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = |tags: &str| {
        let head = format!("Host: x\r\nConnection: close\r\nIf-None-Match: {tags}\r\n");
        server.answer(format!("GET /hello.txt HTTP/1.1\r\n{head}\r\n"))
    };
    for tags in [&*tag, "*", &format!("\"other\", W/{tag}")] {
        let answer = again(tags);
        assert_eq!((answer.status(), answer.body()), (304, ""), "{tags}");
        assert_eq!(answer.header("etag"), Some(&*tag));
    }
    assert_eq!(again("\"other\"").status(), 200);
    folder.write("public/hello.txt", "hello, changed");
    assert_eq!(again(&tag).body(), "hello, changed");
}

#[test]
fn a_large_file_arrives_whole() {
    let (folder, public) = folder("large");
    let large: Vec<u8> = (0..=250_u8).cycle().take(3_000_000).collect();
    fs::write(folder.path("public/large.bin"), &large).expect("written");
    let server = Server::start(&["--dir", &public]);
    let request = "GET /large.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = server.exchange(request);
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
    assert!(answer[head..] == large, "expected the file, got {} bytes", answer.len() - head);
}
