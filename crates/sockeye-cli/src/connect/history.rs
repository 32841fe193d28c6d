//! Where the lines that were typed are kept.

use std::{
    env, fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// The file, in a folder that is made if it is not there; none where there is no place for it.
///
/// The folder is the XDG Base Directory Specification's for what is to outlast a restart and is not worth a backup.
pub(super) fn file() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME");
    let folder = state.or_else(|| Some(variable("HOME")?.join(".local/state")))?.join("sockeye");
    make_private(&folder)?;
    Some(folder.join("history"))
}

/// What is typed may be a secret.
fn make_private(folder: &Path) -> Option<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).ok()
}
