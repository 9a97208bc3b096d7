//! Nothing a lab starts may outlive the process that started it, even when that is killed.
//!
//! The parent holds one end of a pipe, a small shell the other. When the parent ends, however it ends, the kernel
//! closes the pipe, and the shell stops the server and removes the directory. (The kernel's own parent-death signal
//! will not do: it fires when the starting *thread* ends, and tests start servers from short-lived threads.)

use std::{
    fs::File,
    io::{self, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

/// Reads lines, each the process to stop in the end, or empty for none; at the end of the file it stops the last one.
/// `$1` is the signal for that, `$2` the directory to remove.
const WATCH: &str = r#"
trap '' HUP INT QUIT TERM
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
    kill -CONT "$pid"
    kill -"$1" "$pid"
    tenths=0
    while kill -0 "$pid" && [ $tenths -lt 100 ]; do
        sleep 0.1
        tenths=$((tenths + 1))
    done
    kill -KILL "$pid"
fi
# A server's last children may still be writing.
rm -rf -- "$2" || { sleep 1; rm -rf -- "$2"; }
"#;

/// Waits for a line before it becomes the command, so the watching shell knows the process before there is one.
const GATE: &str = r#"read -r go && exec "$@" </dev/null"#;

/// The parent's end.
#[derive(Debug)]
pub(crate) struct Keeper {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Keeper {
    /// Starts watching. `signal` ends the process quickly, and with it whatever it has started.
    pub(crate) fn new(signal: &str, dir: &Path) -> io::Result<Keeper> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", WATCH, "dbwright-lab-keeper", signal])
            .arg(dir)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for the parent; the shell must live on to clean up.
            .process_group(0)
            .spawn()?;
        let pipe = shell.stdin.take();
        Ok(Keeper { shell, pipe })
    }

    /// Starts a program with its output going to a file; `adjust` sets its arguments, user and so on.
    pub(crate) fn start(
        &mut self,
        program: &Command,
        output: &File,
        adjust: impl FnOnce(&mut Command),
    ) -> io::Result<Child> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GATE, "dbwright-lab-gate"]).arg(program.get_program()).args(program.get_args());
        if let Some(dir) = program.get_current_dir() {
            command.current_dir(dir);
        }
        adjust(&mut command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?)
            .process_group(0)
            .spawn()?;
        let opened = self.watch(Some(child.id())).and_then(|()| match child.stdin.take() {
            Some(mut gate) => gate.write_all(b"go\n"),
            None => Ok(()),
        });
        if let Err(error) = opened {
            // The gate is closed, so the process ends by itself.
            child.wait()?;
            return Err(error);
        }
        Ok(child)
    }

    /// Says which process to stop in the end.
    pub(crate) fn watch(&mut self, pid: Option<u32>) -> io::Result<()> {
        let line = pid.map(|pid| pid.to_string()).unwrap_or_default() + "\n";
        match &mut self.pipe {
            Some(pipe) => pipe.write_all(line.as_bytes()),
            None => Ok(()),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // It ends at once, or after the server when that is still there.
        let _ = self.shell.wait();
    }
}
