//! Rust source as a rule sees it: comments and literals blanked, functions found by their braces.
//!
//! A scanner, not a parser: it knows where text is no code, and which brace closes which.

use std::ops::Range;

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, counted from 1.
    pub first_line: usize,
    /// The line of its closing brace.
    pub last_line: usize,
    /// The bytes between its braces, braces included.
    pub body: Range<usize>,
}

/// The source with spaces in place of comments, strings and characters; lines and bytes keep their places.
#[must_use]
pub fn blanked(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    let mut previous = ' ';
    while let Some(next) = rest.chars().next() {
        let len = literal_len(rest, previous);
        if len == 0 {
            code.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
            previous = next;
            continue;
        }
        let (literal, after) = rest.split_at(len);
        code.extend(literal.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        rest = after;
        previous = ' ';
    }
    code
}

/// The bytes at the front of `rest` that are a comment or a literal; 0 when it begins with code.
fn literal_len(rest: &str, previous: char) -> usize {
    let raw = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r');
    if let Some(raw) = raw
        && !is_word(previous)
    {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if let Some(body) = raw.trim_start_matches('#').strip_prefix('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = rest.len() - body.len();
            return body.find(&end).map_or(rest.len(), |at| start + at + end.len());
        }
    }
    if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        block_comment_len(rest)
    } else if let Some(body) = rest.strip_prefix('"') {
        quoted_len(body, '"').map_or(rest.len(), |len| len + 1)
    } else if let Some(body) = rest.strip_prefix('\'') {
        character_len(body).map_or(0, |len| len + 1)
    } else {
        0
    }
}

fn block_comment_len(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Up to and with the closing quote.
fn quoted_len(body: &str, quote: char) -> Option<usize> {
    let mut chars = body.char_indices();
    while let Some((at, next)) = chars.next() {
        if next == '\\' {
            chars.next();
        } else if next == quote {
            return Some(at + 1);
        }
    }
    None
}

/// A character literal after its first quote; `None` for a lifetime, which has no second one.
fn character_len(body: &str) -> Option<usize> {
    let first = body.chars().next()?;
    if first == '\\' {
        return quoted_len(body, '\'');
    }
    let after = body.get(first.len_utf8()..)?;
    after.starts_with('\'').then(|| first.len_utf8() + 1)
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// Where `word` stands by itself in blanked source.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let (before, after) = code.split_at(at);
        let after = after.get(word.len()..).unwrap_or_default();
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })
}

/// The line of a byte, counted from 1.
#[must_use]
pub fn line_of(code: &str, at: usize) -> usize {
    1 + code.get(..at).unwrap_or(code).matches('\n').count()
}

/// The functions of blanked source that have a body, those inside others too.
#[must_use]
pub fn functions(code: &str) -> Vec<Function> {
    words(code, "fn").filter_map(|at| function(code, at)).collect()
}

fn function(code: &str, at: usize) -> Option<Function> {
    let after = code.get(at + 2..)?.trim_start();
    let name: String = after.chars().take_while(|next| is_word(*next)).collect();
    // A pointer type has no name.
    let body = body(code, at).filter(|_| !name.is_empty())?;
    let (first_line, last_line) = (line_of(code, at), line_of(code, body.end - 1));
    Some(Function { name, first_line, last_line, body })
}

/// From the first brace outside parentheses to the one that closes it; a semicolon there means there is no body.
fn body(code: &str, at: usize) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let mut start = None;
    for (offset, next) in code.get(at..)?.char_indices() {
        match next {
            ';' if depth == 0 => return None,
            '{' if depth == 0 => {
                start = Some(at + offset);
                depth = 1;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if let Some(start) = start.filter(|_| depth == 0) {
            return Some(start..at + offset + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests;
