use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    Binaries, LabError, Options,
    engine::{Engine, engine},
    error::Doing,
    keeper::Keeper,
    options,
    process::{TICK, family, signal, wait},
    site::{Site, free_port, new_password, read, tail},
    tls::Tls,
    user::User,
};

/// How many ports are tried when others take them first.
const PORTS: usize = 10;

/// A running throw-away server. See the [crate]'s page.
#[derive(Debug)]
pub struct Lab {
    site: Site,
    server: Option<Child>,
    killed: bool,
    // Dropped in this order: the keeper's shell works in the directory last.
    keeper: Keeper,
    _dir: TempDir,
}

impl Lab {
    /// Creates a server and waits until it accepts connections.
    pub fn start(binaries: &Binaries, options: &Options) -> Result<Lab, LabError> {
        options::check(&options.settings)?;
        let product = binaries.product;
        let user = User::for_server(product)?;
        let prefix = format!("dbwright-{}-", product.to_string().to_lowercase());
        let dir = tempfile::Builder::new()
            .prefix(&prefix)
            // The server's user must get in, and a client must reach the certificate.
            .permissions(fs::Permissions::from_mode(0o711))
            .tempdir()
            .doing(|| "create a temporary directory".into())?;
        let keeper = Keeper::new(engine(product).end_signal().1, dir.path()).doing(|| "start /bin/sh".into())?;
        let mut binaries = binaries.clone();
        binaries.server = std::path::absolute(&binaries.server).doing(|| "read the current directory".into())?;
        let site = Site {
            binaries,
            dir: dir.path().to_path_buf(),
            port: 0,
            user,
            password: if options.password { Some(new_password()?) } else { None },
            tls: if options.tls { Some(Tls::create(dir.path(), user)?) } else { None },
            options: options.clone(),
        };
        let mut lab = Lab { site, server: None, killed: false, keeper, _dir: dir };
        lab.set_up()?;
        for _ in 1..PORTS {
            lab.site.port = lab.free_port()?;
            match lab.run() {
                Err(LabError::Exited { log, .. }) if log.contains("Address already in use") => {}
                result => return result.map(|()| lab),
            }
        }
        lab.site.port = lab.free_port()?;
        lab.run().map(|()| lab)
    }

    /// Where clients connect, with the administrator's name and password: `postgres://postgres:…@127.0.0.1:…/postgres`,
    /// `mysql://root:…@127.0.0.1:…/`, `redis://default:…@127.0.0.1:…`.
    pub fn url(&self) -> String {
        self.engine().url(&self.site)
    }

    /// The port on 127.0.0.1. It stays the same over a restart.
    pub fn port(&self) -> u16 {
        self.site.port
    }

    /// The administrator's password, if there is one.
    pub fn password(&self) -> Option<&str> {
        self.site.password.as_deref()
    }

    /// The certificate to trust when the lab serves TLS.
    pub fn ca(&self) -> Option<&Path> {
        self.site.tls.as_ref().map(|tls| tls.ca.as_path())
    }

    /// The programs it was started from.
    pub fn binaries(&self) -> &Binaries {
        &self.site.binaries
    }

    /// The lab's temporary directory.
    pub fn dir(&self) -> &Path {
        &self.site.dir
    }

    /// The server process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// All that the server has logged.
    pub fn log(&self) -> String {
        read(&self.site.log())
    }

    /// The log that holds every statement under [`Options::log_all`]: PostgreSQL's is its server log.
    pub fn statement_log(&self) -> String {
        read(&self.engine().statement_log(&self.site))
    }

    /// Adds settings to the configuration file; the next [`Lab::restart`] makes them count.
    pub fn configure<'a>(&mut self, settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), LabError> {
        let settings: Vec<_> =
            settings.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        options::check(&settings)?;
        self.append_to_config(&settings.iter().map(|(name, value)| self.engine().line(name, value)).collect::<String>())
    }

    /// Stops the server in order; the data stays. Does nothing when it is stopped already.
    pub fn stop(&mut self) -> Result<(), LabError> {
        let signal = self.engine().stop_signal();
        self.end(signal, self.site.options.patience)
    }

    /// Stops the server if it runs, and starts it again with the same data on the same port.
    pub fn restart(&mut self) -> Result<(), LabError> {
        self.stop()?;
        self.run()
    }

    /// Kills the server with all its children, as a crash of its host would. [`Lab::restart`] lets it recover.
    pub fn kill(&mut self) -> Result<(), LabError> {
        let Some(server) = &self.server else { return Ok(()) };
        self.killed = true;
        // A stopped parent starts no more children, so none escapes. One that did would live on: PostgreSQL's children
        // notice the death of their parent only when they next wait for something.
        signal(server.id(), Signal::STOP)
            .and_then(|()| family(server.id()).into_iter().skip(1).try_for_each(|child| signal(child, Signal::KILL)))
            .doing(|| "kill the server".into())?;
        self.end(Signal::KILL, self.site.options.patience)
    }

    /// Freezes the server with all its children, as a host that hangs: connections stay open and nothing answers.
    pub fn pause(&self) -> Result<(), LabError> {
        // The parents first, so that no new child escapes.
        self.signal_family(Signal::STOP)
    }

    /// Undoes [`Lab::pause`].
    pub fn resume(&self) -> Result<(), LabError> {
        self.signal_family(Signal::CONT)
    }

    fn free_port(&self) -> Result<u16, LabError> {
        loop {
            let port = free_port()?;
            if self.engine().takes(port) {
                return Ok(port);
            }
        }
    }

    fn engine(&self) -> &'static dyn Engine {
        engine(self.site.binaries.product)
    }

    fn set_up(&mut self) -> Result<(), LabError> {
        let engine = self.engine();
        let Site { user, dir, options, .. } = &self.site;
        let data = self.site.data();
        fs::create_dir(&data)
            .and_then(|()| user.owns(&data))
            .and_then(|()| user.owns(dir))
            .doing(|| format!("create {}", data.display()))?;
        let mut config = engine.config(&self.site);
        for (name, value) in &options.settings {
            config += &engine.line(name, value);
        }
        // PostgreSQL's setup makes the file and wants an empty directory; the others' setup reads it.
        let made_by_setup = engine.config_file(&self.site).starts_with(&data);
        if !made_by_setup {
            self.append_to_config(&config)?;
        }
        if let Some(command) = engine.setup(&self.site)? {
            self.run_setup(&command)?;
            engine.after_setup(&self.site)?;
        }
        if made_by_setup {
            self.append_to_config(&config)?;
        }
        Ok(())
    }

    fn append_to_config(&self, text: &str) -> Result<(), LabError> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.engine().config_file(&self.site);
        File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| self.site.user.owns(&path))
            .doing(|| format!("write {}", path.display()))
    }

    fn run_setup(&mut self, command: &Command) -> Result<(), LabError> {
        let path = self.site.dir.join("setup.log");
        let mut child = self.spawn(command, &path)?;
        let status = wait(&mut child, self.site.options.patience).doing(|| "wait for the setup".into())?;
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        self.forget_process()?;
        if status.is_some_and(|status| status.success()) {
            return Ok(());
        }
        let Binaries { product, ref version, .. } = self.site.binaries;
        let mut output = tail(&path);
        if status.is_none() {
            output += &format!("\n(ended after {:?})", self.site.options.patience);
        }
        Err(LabError::Setup { product, version: version.clone(), program: command.get_program().into(), output })
    }

    /// Starts the server and waits until it is ready.
    fn run(&mut self) -> Result<(), LabError> {
        let path = self.site.log();
        let logged_before = fs::metadata(&path).map_or(0, |file| file.len());
        let mut child = self.spawn(&self.engine().server(&self.site), &path)?;
        let started = Instant::now();
        let pid = child.id();
        self.killed = false;
        loop {
            if let Some(status) = child.try_wait().doing(|| "wait for the server".into())? {
                self.forget_process()?;
                let Binaries { product, ref version, .. } = self.site.binaries;
                return Err(LabError::Exited { product, version: version.clone(), status, log: tail(&path) });
            }
            let log = read(&path);
            let log = log.get(usize::try_from(logged_before).unwrap_or(0)..).unwrap_or(&log);
            if self.engine().ready(&self.site, pid, log) {
                self.server = Some(child);
                return Ok(());
            }
            let waited = started.elapsed();
            if waited > self.site.options.patience {
                self.server = Some(child);
                let Binaries { product, ref version, .. } = self.site.binaries;
                return Err(LabError::NotReady { product, version: version.clone(), waited, log: tail(&path) });
            }
            sleep(TICK);
        }
    }

    /// Starts a program as the server's user, watched by the keeper, its output added to a file.
    fn spawn(&mut self, command: &Command, output: &Path) -> Result<Child, LabError> {
        let file = File::options()
            .create(true)
            .append(true)
            .open(output)
            .and_then(|file| self.site.user.owns(output).map(|()| file))
            .doing(|| format!("open {}", output.display()))?;
        let Site { user, dir, .. } = &self.site;
        self.keeper
            .start(command, &file, |command| {
                user.runs(command);
                // The settings of the person's shell are not the server's: no PGDATA, no locale, no MYSQL_HOME.
                command
                    .env_clear()
                    .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
                    .env("LC_ALL", "C.UTF-8");
                command.env("HOME", dir).env("TMPDIR", dir).current_dir(dir);
            })
            .doing(|| format!("start {}", command.get_program().display()))
    }

    /// The process has ended and been waited for, so its number may belong to another one soon.
    fn forget_process(&mut self) -> Result<(), LabError> {
        self.keeper.watch(None).doing(|| "tell the keeper".into())
    }

    fn end(&mut self, with: Signal, patience: Duration) -> Result<(), LabError> {
        let Some(mut child) = self.server.take() else { return Ok(()) };
        let mut end = || -> std::io::Result<()> {
            if with != Signal::KILL {
                // Whoever is paused could not end in order.
                family(child.id()).into_iter().try_for_each(|pid| signal(pid, Signal::CONT))?;
            }
            signal(child.id(), with)?;
            if wait(&mut child, patience)?.is_none() {
                child.kill()?;
                child.wait()?;
            }
            Ok(())
        };
        end().doing(|| "stop the server".into())?;
        self.forget_process()
    }

    fn signal_family(&self, with: Signal) -> Result<(), LabError> {
        let Some(server) = &self.server else { return Ok(()) };
        family(server.id()).into_iter().try_for_each(|pid| signal(pid, with)).doing(|| "signal the server".into())
    }

    /// Frees what a killed server left outside the directory. Children of it may take a moment to notice its death.
    fn clean_after_kill(&mut self) {
        let Some(command) = self.engine().after_kill(&self.site) else { return };
        for _ in 0..20 {
            if self.run_setup(&command).is_ok() {
                return;
            }
            sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Nothing useful can be done about an error here; the keeper tries once more to remove what is left.
        let (signal, _) = self.engine().end_signal();
        let _ = self.end(signal, Duration::from_secs(10));
        if self.killed {
            self.clean_after_kill();
        }
    }
}
