//! What a peer sends, made safe for a terminal: nothing in it moves the cursor, sets a title, rings, or turns the
//! direction of writing around.

/// One line: what would begin another is escaped as well.
pub(super) fn line(text: &str) -> String {
    escaped(text, |_| None)
}

/// A text of several lines. Those after the first are indented, so that none of them looks like one of ours.
pub(super) fn lines(text: &str) -> String {
    escaped(text, |character| match character {
        '\n' => Some("\n  "),
        '\t' => Some("\t"),
        _ => None,
    })
}

fn escaped(text: &str, spared: impl Fn(char) -> Option<&'static str>) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match spared(character) {
            Some(instead) => safe.push_str(instead),
            None if drives(character) => safe.extend(character.escape_default()),
            None => safe.push(character),
        }
    }
    safe
}

/// Whether a character does something instead of being seen: controls, C1 among them, and those of Unicode that begin
/// lines or change the direction of writing.
pub(super) fn drives(character: char) -> bool {
    let is_mark = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    );
    is_mark || character.is_control()
}

#[cfg(test)]
mod tests {
    use super::{line, lines};

    #[test]
    fn what_drives_a_terminal_is_shown_instead() {
        for (text, expected) in [
            ("plain \u{e4} \u{1f41f}", "plain \u{e4} \u{1f41f}"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}", r"\u{1b}[2J\u{1b}]0;title\u{7}"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("\r\u{8}\u{7f}\0", r"\r\u{8}\u{7f}\u{0}"),
            ("\u{202e}abc\u{2066}\u{2028}", r"\u{202e}abc\u{2066}\u{2028}"),
        ] {
            assert_eq!(line(text), expected);
            assert_eq!(lines(text), expected);
        }
    }

    #[test]
    fn further_lines_are_indented() {
        assert_eq!(lines("{\n\t\"a\": 1\n}"), "{\n  \t\"a\": 1\n  }");
        assert_eq!(line("a\nb\tc"), r"a\nb\tc");
    }
}
