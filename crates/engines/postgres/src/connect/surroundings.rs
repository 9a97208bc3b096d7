//! What libpq looks at besides the connection string. The environment and the person's files are read here only.

use std::io;
use std::path::{Path, PathBuf};

/// The environment and the files around us; tests bring their own.
pub(super) trait Surroundings: Sync {
    /// An environment variable that is not empty.
    fn variable(&self, name: &str) -> Option<String>;
    /// A small text file.
    fn text(&self, path: &Path) -> io::Result<String>;
    /// Whether something is there.
    fn exists(&self, path: &Path) -> bool;
    /// Whether only its owner may read it.
    fn is_private(&self, path: &Path) -> bool;
    /// The person's home directory.
    fn home(&self) -> Option<PathBuf>;
    /// The name of the account we run as.
    fn account(&self) -> Option<String>;
}

/// The machine we run on.
pub(super) struct Machine;

impl Surroundings for Machine {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn text(&self, path: &Path) -> io::Result<String> {
        std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    #[cfg(unix)]
    fn is_private(&self, path: &Path) -> bool {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 == 0)
    }

    #[cfg(not(unix))]
    fn is_private(&self, _path: &Path) -> bool {
        true
    }

    fn home(&self) -> Option<PathBuf> {
        std::env::home_dir()
    }

    fn account(&self) -> Option<String> {
        whoami::username().ok()
    }
}
