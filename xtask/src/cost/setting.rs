//! `Setting`: what a count depends on beside our code.

use std::{fmt, process::Command};

use crate::program;

/// The programs and the processor that counts were made with, by name. Counts of two settings do not compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Setting(pub(super) Vec<(String, String)>);

impl Setting {
    /// What there is here.
    pub(super) fn of_this_machine() -> Result<Self, String> {
        let rustc = version(Command::new("rustc").arg("--version"))?;
        let valgrind = version(Command::new("valgrind").arg("--version"))?;
        let libc = version(Command::new("getconf").arg("GNU_LIBC_VERSION"))?;
        let known = [
            ("rustc", rustc.trim_start_matches("rustc ")),
            ("libc", &libc),
            ("valgrind", valgrind.trim_start_matches("valgrind-")),
            ("processor", processor()),
        ];
        Ok(Self(known.map(|(name, value)| (name.to_owned(), value.to_owned())).into()))
    }

    /// In which way another setting is another one.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let differs = other.0.iter().find(|(name, value)| self.value(name) != Some(value));
        let (name, value) = differs?;
        let known = self.value(name).unwrap_or("unknown");
        Some(format!("counts are those of {name} {known}, this is {value}"))
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, value)| writeln!(f, "{name}: {value}"))
    }
}

fn version(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().display().to_string();
    program::stdout_of(command)
        .map(|version| version.trim().to_owned())
        .map_err(|error| format!("expected the version of {program}, got {error}"))
}

/// As valgrind shows it: never more than AVX2, whoever made it.
#[cfg(target_arch = "x86_64")]
fn processor() -> &'static str {
    match (std::is_x86_feature_detected!("avx2"), std::is_x86_feature_detected!("avx")) {
        (true, _) => "x86_64 with AVX2",
        (false, true) => "x86_64 with AVX",
        (false, false) => "x86_64",
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> &'static str {
    std::env::consts::ARCH
}
