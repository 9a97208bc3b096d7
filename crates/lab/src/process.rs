//! The server process and its children: signals and waiting.

use std::{
    fs, io,
    process::{Child, ExitStatus},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How often something that takes a moment is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Sends a signal to a process that may have gone.
pub(crate) fn signal(pid: u32, signal: Signal) -> io::Result<()> {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(()) };
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Waits for a child until a deadline; `None` when it is still running then.
pub(crate) fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        sleep(TICK);
    }
}

/// A process and all that descend from it, parents first. PostgreSQL's children lead sessions of their own, so a
/// process group would not reach them.
pub(crate) fn family(pid: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .map(|entries| {
            entries
                .flatten()
                .filter_map(|entry| {
                    let pid = entry.file_name().to_str()?.parse().ok()?;
                    Some((pid, parent(&fs::read_to_string(entry.path().join("stat")).ok()?)?))
                })
                .collect()
        })
        .unwrap_or_default();
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(&elder) = family.get(next) {
        family.extend(parents.iter().filter(|(_, parent)| *parent == elder).map(|(child, _)| *child));
        next += 1;
    }
    family
}

/// The parent in a line of `/proc/PID/stat`: the second field after the name, which is in brackets and may hold any.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn reads_the_parent_past_a_strange_name() {
        assert_eq!(parent("12 (a) b (c) S 7 12 12 0 -1"), Some(7));
        assert_eq!(parent(""), None);
    }

    #[test]
    fn finds_grandchildren() {
        let mut child = Command::new("sh").args(["-c", "sleep 30 & wait"]).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while family(child.id()).len() < 2 && Instant::now() < deadline {
            sleep(TICK);
        }
        let both = family(child.id());
        assert_eq!(both.len(), 2);
        for pid in both {
            signal(pid, Signal::KILL).unwrap();
        }
        child.wait().unwrap();
        signal(child.id(), Signal::TERM).unwrap();
    }
}
