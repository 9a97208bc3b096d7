use std::{
    fs::{self, File},
    io::Read,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

use crate::{Binaries, LabError, Options, error::Doing, tls::Tls, user::User};

/// Where one lab is and what it was asked to be: all that an engine needs to write its configuration.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) binaries: Binaries,
    pub(crate) dir: PathBuf,
    pub(crate) port: u16,
    pub(crate) user: User,
    pub(crate) password: Option<String>,
    pub(crate) tls: Option<Tls>,
    pub(crate) options: Options,
}

impl Site {
    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The server's log.
    pub(crate) fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    /// Writes a file below the directory that only the server's user can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, LabError> {
        use std::{io::Write, os::unix::fs::OpenOptionsExt};
        let path = self.dir.join(name);
        File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| self.user.owns(&path))
            .doing(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// `name:password@` of a URL.
    pub(crate) fn login(&self, name: &str) -> String {
        match &self.password {
            Some(password) => format!("{name}:{password}@"),
            None => format!("{name}@"),
        }
    }
}

/// A port of the loopback that was free a moment ago. Another process may take it before the server does; the lab then
/// tries again with another.
pub(crate) fn free_port() -> Result<u16, LabError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .doing(|| "find a free port on the loopback".into())
}

/// A password nobody knows: 128 bits as hexadecimal, so it needs no quoting anywhere.
pub(crate) fn new_password() -> Result<String, LabError> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).doing(|| "read /dev/urandom".into())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The end of a text file, enough for an error message.
pub(crate) fn tail(path: &Path) -> String {
    let text = read(path);
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

/// A text file that a server writes; empty when it has not yet.
pub(crate) fn read(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
