//! One JSON object on one line, for programs.

use std::fmt::{Display, Write as _};

use super::escape;

/// An object that is being written.
#[derive(Debug)]
pub(super) struct Object(String);

impl Object {
    /// Begins one that says what happened.
    pub(super) fn event(name: &str) -> Self {
        Self("{".to_owned()).text("event", name)
    }

    pub(super) fn text(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        self.string(value);
        self
    }

    /// A number or a truth value.
    pub(super) fn bare(mut self, key: &str, value: impl Display) -> Self {
        self.key(key);
        self.0.push_str(&value.to_string());
        self
    }

    pub(super) fn end(self) -> String {
        self.0 + "}"
    }

    fn key(&mut self, key: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        self.string(key);
        self.0.push(':');
    }

    /// What would drive a terminal is escaped too: some of these lines are read by people.
    fn string(&mut self, value: &str) {
        self.0.push('"');
        for character in value.chars() {
            match character {
                '"' | '\\' => self.0.extend(['\\', character]),
                '\n' => self.0.push_str("\\n"),
                character if escape::drives(character) => {
                    write!(self.0, "\\u{:04x}", u32::from(character)).expect("a string takes all");
                }
                character => self.0.push(character),
            }
        }
        self.0.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::Object;

    #[test]
    fn an_object_is_one_line_whatever_is_in_it() {
        let object = Object::event("message").text("data", "a\"\\\n\u{1b}\u{202e}\u{1f41f}");
        let expected = r#"{"event":"message","data":"a\"\\\n\u001b\u202e"#;
        let object = object.bare("bytes", 5).bare("final", true).end();
        assert_eq!(object, format!("{expected}\u{1f41f}\",\"bytes\":5,\"final\":true}}"));
    }
}
