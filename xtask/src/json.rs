//! JSON, as far as the reports of the conformance suites need it: read whole, asked by name.
//!
//! What it reads was written by a program of ours or of a suite, so it may be deep only within reason.

use std::{fmt, iter::Peekable, str::Chars};

/// How deep lists and objects may stand in each other.
const DEPTH: usize = 64;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`, `true`, `false` or a number, as it was written.
    Plain(String),
    /// A string, unescaped; half of a surrogate pair is U+FFFD.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// An object, in the order of its fields.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads a text that is one value.
    ///
    /// # Errors
    ///
    /// What was expected and what stood there.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { chars: text.chars().peekable() };
        let value = reader.value(DEPTH)?;
        match reader.next() {
            None => Ok(value),
            Some(more) => Err(format!("expected the end of the JSON, got `{more}`")),
        }
    }

    /// The text that [`parse`](Self::parse) reads; [`Display`](fmt::Display) is for people.
    #[must_use]
    pub fn encoded(&self) -> String {
        match self {
            Self::Plain(word) => word.clone(),
            Self::Text(text) => quoted(text),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::encoded).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Object(fields) => {
                let field = |(name, value): &(String, Self)| {
                    format!("{}: {}", quoted(name), value.encoded())
                };
                format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The field of that name, when this is an object that has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        self.fields().iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// The fields of an object; nothing else has any.
    #[must_use]
    pub fn fields(&self) -> &[(String, Self)] {
        if let Self::Object(fields) = self { fields } else { &[] }
    }

    /// The values of a list; nothing else has any.
    #[must_use]
    pub fn values(&self) -> &[Self] {
        if let Self::List(values) = self { values } else { &[] }
    }

    /// The text of a string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(word) => f.write_str(word),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", values.join(", "))
            }
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| format!("{name}: {value}"));
                write!(f, "{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// A string with what has to be escaped in it (RFC 8259 7).
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for next in text.chars() {
        match next {
            '"' | '\\' => quoted.extend(['\\', next]),
            '\0'..' ' => quoted += &format!("\\u{:04x}", u32::from(next)),
            _ => quoted.push(next),
        }
    }
    quoted + "\""
}

struct Reader<'t> {
    chars: Peekable<Chars<'t>>,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, String> {
        let depth = depth.checked_sub(1).ok_or(format!("expected at most {DEPTH} levels"))?;
        match self.next() {
            Some('"') => self.string().map(Json::Text),
            Some('[') => self.list(depth),
            Some('{') => self.object(depth),
            Some(first) if is_plain(first) => {
                let mut word = String::from(first);
                while let Some(next) = self.chars.next_if(|next| is_plain(*next)) {
                    word.push(next);
                }
                Ok(Json::Plain(word))
            }
            other => Err(wrong("a value", other)),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        let mut values = Vec::new();
        if self.skip(']') {
            return Ok(Json::List(values));
        }
        loop {
            values.push(self.value(depth)?);
            match self.next() {
                Some(',') => {}
                Some(']') => return Ok(Json::List(values)),
                other => return Err(wrong("`,` or `]`", other)),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        let mut fields = Vec::new();
        if self.skip('}') {
            return Ok(Json::Object(fields));
        }
        loop {
            let name = match self.next() {
                Some('"') => self.string()?,
                other => return Err(wrong("the name of a field", other)),
            };
            match self.next() {
                Some(':') => fields.push((name, self.value(depth)?)),
                other => return Err(wrong("`:`", other)),
            }
            match self.next() {
                Some(',') => {}
                Some('}') => return Ok(Json::Object(fields)),
                other => return Err(wrong("`,` or `}`", other)),
            }
        }
    }

    /// A string behind its first quote.
    fn string(&mut self) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.chars.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(next) => text.push(next),
                None => return Err(wrong("the end of a string", None)),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        Ok(match self.chars.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('u') => {
                let digits: String = self.chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16)
                    .map_err(|_| format!("expected four hexadecimal digits, got `{digits}`"))?;
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => return Err(wrong("an escape", other)),
        })
    }

    /// The next character that is no white space.
    fn next(&mut self) -> Option<char> {
        self.chars.find(|next| !next.is_whitespace())
    }

    fn skip(&mut self, what: char) -> bool {
        while self.chars.next_if(|next| next.is_whitespace()).is_some() {}
        self.chars.next_if_eq(&what).is_some()
    }
}

fn is_plain(next: char) -> bool {
    next.is_ascii_alphanumeric() || matches!(next, '+' | '-' | '.')
}

fn wrong(expected: &str, got: Option<char>) -> String {
    let got = got.map_or("the end".into(), |got| format!("`{got}`"));
    format!("expected {expected}, got {got}")
}

#[cfg(test)]
mod tests {
    use super::Json;

    fn check(text: &str, expected: Result<&str, &str>) {
        let got = Json::parse(text).map(|value| value.to_string());
        assert_eq!(got.as_deref().map_err(String::as_str), expected, "{text}");
    }

    #[test]
    fn values_are_read() {
        check(" null\n", Ok("null"));
        check("-1.5e+3", Ok("-1.5e+3"));
        check(r#""a\"\\\/\n\u00e9\ud800""#, Ok(r#""a\"\\/\né�""#));
        check("[ ]", Ok("[]"));
        check(r#"{"a":[1,{"b":null}] , "c":{ }}"#, Ok("{a: [1, {b: null}], c: {}}"));
    }

    #[test]
    fn what_is_no_json_is_told() {
        check("", Err("expected a value, got the end"));
        check("[1", Err("expected `,` or `]`, got the end"));
        check("[1] 2", Err("expected the end of the JSON, got `2`"));
        check("{a:1}", Err("expected the name of a field, got `a`"));
        check(r#"{"a" 1}"#, Err("expected `:`, got `1`"));
        check(r#""\u12""#, Err("expected four hexadecimal digits, got `12\"`"));
        check(r#""a"#, Err("expected the end of a string, got the end"));
        check(&"[".repeat(65), Err("expected at most 64 levels"));
    }

    #[test]
    fn what_is_encoded_is_read_back() {
        let text = r#"{"a \"b\"": [1.5, null, "\u0007\\ é"], "c": {}}"#;
        let value = Json::parse(text).expect("this is JSON");
        assert_eq!(value.encoded(), text);
    }

    #[test]
    fn fields_are_asked_for_by_name() {
        let value = Json::parse(r#"{"a": "b"}"#).expect("this is JSON");
        assert_eq!(value.field("a").and_then(Json::text), Some("b"));
        assert_eq!(value.field("b"), None);
        assert_eq!(Json::Plain("1".into()).field("a"), None);
    }
}
