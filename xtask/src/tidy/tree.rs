//! The files of a repository, and what is wrong with one.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::program;

/// A working tree: its folder, and the files that Git tracks or would track.
#[derive(Clone, Debug)]
pub struct Tree {
    root: PathBuf,
    files: Vec<String>,
}

impl Tree {
    /// Asks Git for the files under `root`.
    ///
    /// # Errors
    ///
    /// When Git is missing or `root` is in no repository.
    pub fn open(root: &Path) -> io::Result<Self> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        // A hook that runs us has these set, for another tree.
        git.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
        let list = program::stdout_of(git.current_dir(root))?;
        let mut files: Vec<String> = list.split_terminator('\0').map(str::to_owned).collect();
        // What was removed but not yet committed is still listed.
        files.retain(|file| root.join(file).exists());
        files.sort();
        Ok(Self { root: root.to_owned(), files })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Paths from the root, with `/` between folders.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// The text of a file; nothing when it is not there or is no text.
    #[must_use]
    pub fn text(&self, file: &str) -> Option<String> {
        let bytes = fs::read(self.root.join(file)).ok()?;
        String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
    }

    /// The text files; what a fuzzer wrote is data, whatever it looks like.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, String)> {
        let written = self.files().filter(|file| !file.starts_with("fuzz/corpus/"));
        written.filter_map(|file| Some((file, self.text(file)?)))
    }

    /// The Rust files.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, String)> {
        self.texts().filter(|(file, _)| file.ends_with(".rs"))
    }
}

/// What breaks a rule, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    file: String,
    line: usize,
    what: String,
}

impl Fault {
    /// Something about one line, counted from 1.
    pub(super) fn at(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }

    /// Something about a whole file.
    pub(super) fn of(file: &str, what: impl Into<String>) -> Self {
        Self::at(file, 1, what)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what } = self;
        write!(f, "{file}:{line}: {what}")
    }
}
