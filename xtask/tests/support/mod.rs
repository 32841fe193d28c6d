//! Trees that a test plants in the temporary folder, and that are gone when it ends.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
};

/// A folder with files of our choice, in a Git repository of its own.
pub(crate) struct Planted(PathBuf);

impl Planted {
    /// Plants each file with its text.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = env::temp_dir().join(format!("sockeye-planted-{}-{number}", process::id()));
        fs::create_dir_all(&root).expect("the temporary folder can be written");
        let planted = Self(root);
        let mut git = Command::new("git");
        git.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
        let git = git.args(["init", "--quiet"]).current_dir(planted.root()).status();
        assert!(git.is_ok_and(|status| status.success()), "expected a new repository, got none");
        for (file, text) in files {
            let path = planted.root().join(file);
            let folder = path.parent().expect("a planted file stands in the tree");
            fs::create_dir_all(folder).expect("the temporary folder can be written");
            fs::write(path, text).expect("the temporary folder can be written");
        }
        planted
    }

    pub(crate) fn root(&self) -> &Path {
        &self.0
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        // A folder that stays behind is a nuisance, no wrong answer.
        let _ = fs::remove_dir_all(&self.0);
    }
}
