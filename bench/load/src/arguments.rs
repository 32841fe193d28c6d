//! What a run is told: words of the form `name=value`.

use std::{str::FromStr, time::Duration};

/// The words behind the kind of load.
#[derive(Debug)]
pub(crate) struct Arguments(Vec<(String, String)>);

impl Arguments {
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let pair = |word: &String| {
            let (name, value) =
                word.split_once('=').ok_or(format!("expected name=value, got `{word}`"))?;
            Ok((name.to_owned(), value.to_owned()))
        };
        words.iter().map(pair).collect::<Result<_, String>>().map(Self)
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, String> {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str()).ok_or(format!("expected {name}=…, got none"))
    }

    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<T, String> {
        let text = self.text(name)?;
        text.parse().map_err(|_| format!("expected a number for {name}, got `{text}`"))
    }

    pub(crate) fn seconds(&self, name: &str) -> Result<Duration, String> {
        let wrong = |error| format!("expected seconds for {name}, got {error}");
        Duration::try_from_secs_f64(self.number(name)?).map_err(wrong)
    }

    /// The value behind the word that was given.
    pub(crate) fn one_of<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<T, String> {
        let text = self.text(name)?;
        let found = choices.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            format!("expected {name} to be one of {}, got `{text}`", words.join(", "))
        })
    }
}
