//! `Files`: a folder whose files are served.
//!
//! A path names what lies below the folder and nothing else: `..` and hidden names are not there, nor is what a link
//! leads to outside. Nothing is listed, nothing is written.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{
    Either, Full,
    channel::{Channel, Sender},
};
use tokio::{
    io::{AsyncReadExt, Take},
    task, time,
};

use super::site::{Body, not_found, whole};
use crate::failure::Failure;

/// As much as is read at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// A folder whose files are served.
#[derive(Debug)]
pub(super) struct Files {
    /// Without links.
    root: PathBuf,
}

/// What is at a path.
enum Found {
    File(File),
    /// The path of a folder has to end in a slash, else the links of its page lead elsewhere.
    Folder,
    Nothing,
}

struct File {
    file: fs::File,
    len: u64,
    kind: &'static str,
    /// Changes whenever the file does.
    tag: String,
}

impl Files {
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let root = fs::canonicalize(folder).and_then(|root| {
            if root.is_dir() { Ok(root) } else { Err(ErrorKind::NotADirectory.into()) }
        });
        root.map(|root| Self { root }).map_err(|error: io::Error| {
            Failure::unusable(format_args!(
                "cannot serve the files of {}: {error}",
                folder.display()
            ))
        })
    }

    /// The response to a GET or a HEAD.
    pub(super) async fn answer<B>(
        &self,
        request: &Request<B>,
        patience: Duration,
    ) -> Response<Body> {
        let path = request.uri().path();
        let Some(below) = below(path) else { return not_found() };
        let root = self.root.clone();
        let found = task::spawn_blocking(move || find(&root, &below)).await;
        match found.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(Found::File(file)) => file.answer(request, patience),
            Ok(Found::Folder) => moved(request),
            Ok(Found::Nothing) => not_found(),
            Err(_) => {
                let mut response = Response::new(Bytes::from_static(b"the file cannot be read\n"));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                whole(response)
            }
        }
    }
}

/// The path of a file below the folder; none where a part of it is hidden, leads up or is none at all.
fn below(path: &str) -> Option<PathBuf> {
    let path = path.strip_prefix('/')?;
    let (folders, name) =
        path.rsplit_once('/').map_or((None, path), |(folders, name)| (Some(folders), name));
    let name = if name.is_empty() { "index.html" } else { name };
    let parts = folders.into_iter().flat_map(|folders| folders.split('/')).chain([name]);
    parts.map(part).collect()
}

fn part(text: &str) -> Option<String> {
    let name = decoded(text)?;
    let is_plain = |next: char| !matches!(next, '/' | '\\' | '\0' | ':');
    (!name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain)).then_some(name)
}

/// Without its percent-encoding (RFC 3986 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn find(root: &Path, below: &Path) -> io::Result<Found> {
    let path = fs::canonicalize(root.join(below));
    let Some(path) = path.ok().filter(|path| path.starts_with(root)) else {
        return Ok(Found::Nothing);
    };
    let metadata = fs::metadata(&path)?;
    if metadata.is_dir() {
        return Ok(Found::Folder);
    }
    // Whoever opens a pipe waits for its other end.
    if !metadata.is_file() {
        return Ok(Found::Nothing);
    }
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if is_absence(&error) => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let changed = changed.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let tag = format!("\"{:x}-{:x}\"", changed.as_nanos(), metadata.len());
    Ok(Found::File(File { file, len: metadata.len(), kind: kind(&path), tag }))
}

/// To a stranger a file that may not be read is not there.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied)
}

/// What a file holds, told by the end of its name.
fn kind(path: &Path) -> &'static str {
    let end =
        path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
    match end.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "txt" | "log" => "text/plain; charset=utf-8",
        "md" => "text/markdown; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "json" | "map" => "application/json",
        "xml" => "application/xml",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    }
}

/// The same path with a slash. It begins with one slash, so it leads to no other host.
fn moved<B>(request: &Request<B>) -> Response<Body> {
    let path = request.uri().path();
    let target = request
        .uri()
        .query()
        .map_or_else(|| format!("{path}/"), |query| format!("{path}/?{query}"));
    let Ok(target) = HeaderValue::from_str(&target) else { return not_found() };
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(header::LOCATION, target);
    whole(response)
}

impl File {
    fn answer<B>(self, request: &Request<B>, patience: Duration) -> Response<Body> {
        let Self { file, len, kind, tag } = self;
        let mut response = Response::new(Either::Left(Full::default()));
        let known = request.headers().get_all(header::IF_NONE_MATCH).iter();
        let mut known =
            known.filter_map(|tags| tags.to_str().ok()).flat_map(|tags| tags.split(','));
        if known.any(|known| ["*", &*tag].contains(&known.trim().trim_start_matches("W/"))) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(len));
            if request.method() == Method::GET && len > 0 {
                let (sender, body) = Channel::new(1);
                let file = tokio::fs::File::from_std(file).take(len);
                tokio::spawn(send(file, sender, patience));
                *response.body_mut() = Either::Right(body);
            }
        }
        let headers: [(HeaderName, &str); 3] = [
            (header::ETAG, &tag),
            (header::CACHE_CONTROL, "no-cache"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).expect("hexadecimal digits and plain words");
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// Reads a file as fast as it is taken.
async fn send(
    mut file: Take<tokio::fs::File>,
    mut body: Sender<Bytes, io::Error>,
    patience: Duration,
) {
    let failure = loop {
        let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
        match file.read_buf(&mut chunk).await {
            Ok(0) if file.limit() == 0 => return,
            Ok(0) => break ErrorKind::UnexpectedEof.into(),
            Ok(_) => {}
            Err(error) => break error,
        }
        match time::timeout(patience, body.send_data(chunk.freeze())).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => break ErrorKind::TimedOut.into(),
        }
    };
    body.abort(failure);
}

#[cfg(test)]
mod tests {
    use super::below;

    fn check(path: &str, expected: Option<&str>) {
        assert_eq!(below(path).as_deref().and_then(std::path::Path::to_str), expected, "{path}");
    }

    #[test]
    fn a_path_leads_down_and_to_nothing_hidden() {
        check("/a.txt", Some("a.txt"));
        check("/a/b.txt", Some("a/b.txt"));
        check("/", Some("index.html"));
        check("/a/", Some("a/index.html"));
        check("/a%20b/%C3%BC.txt", Some("a b/ü.txt"));
        for wrong in [
            "",
            "a",
            "//a",
            "/a//b",
            "/../a",
            "/a/../b",
            "/..",
            "/.",
            "/%2e%2e/a",
            "/.%2e/a",
            "/.git/config",
            "/a/.env",
            "/a%2fb",
            "/a%5cb",
            "/c:a",
            "/a%00",
            "/%",
            "/%4",
            "/%zz",
            "/%ff",
            "/%+1",
        ] {
            check(wrong, None);
        }
    }
}
