//! `Failure`: why a command ended without what it was asked for, and with which exit status.

use std::{error::Error, fmt, process::ExitCode};

/// Why a command ended without what it was asked for, in one line.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Failed,
    Unusable,
}

impl Failure {
    /// Exit status 1: the command ran, and its outcome is bad.
    pub(crate) fn failed(message: impl fmt::Display) -> Self {
        Self { kind: Kind::Failed, message: message.to_string() }
    }

    /// Exit status 2: the command could not begin; arguments, files, addresses or peers were not to be used.
    pub(crate) fn unusable(message: impl fmt::Display) -> Self {
        Self { kind: Kind::Unusable, message: message.to_string() }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::Failed => ExitCode::from(1),
            Kind::Unusable => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// An error with all that is behind it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words.push_str(&format!(": {error}"));
        source = error.source();
    }
    words
}
