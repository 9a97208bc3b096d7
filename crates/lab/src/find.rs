//! Where servers are on this machine.

use std::{
    collections::HashSet,
    env, fmt, fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{LabError, Version};

/// A server program that a lab can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Product {
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    MariaDb,
    /// MySQL.
    MySql,
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
}

impl Product {
    /// Every product.
    pub const ALL: [Product; 5] =
        [Product::Postgres, Product::MariaDb, Product::MySql, Product::Redis, Product::Valkey];

    /// The environment variable that lists folders of this product's programs, separated as in `PATH`.
    pub fn variable(self) -> &'static str {
        match self {
            Product::Postgres => "DBWRIGHT_POSTGRES_BIN",
            Product::MariaDb => "DBWRIGHT_MARIADB_BIN",
            Product::MySql => "DBWRIGHT_MYSQL_BIN",
            Product::Redis => "DBWRIGHT_REDIS_BIN",
            Product::Valkey => "DBWRIGHT_VALKEY_BIN",
        }
    }

    /// The major versions of this product that [`for_test`] must find under CI: what `scripts/servers.sh core` installs.
    /// Others are tested where the machine has them.
    fn core(self) -> &'static [u32] {
        match self {
            Product::Postgres => &[12, 15, 18],
            Product::MariaDb => &[10],
            Product::MySql => &[9],
            Product::Redis => &[7],
            Product::Valkey => &[8],
        }
    }

    /// What the server program may be called.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Product::Postgres => &["postgres"],
            Product::MariaDb => &["mariadbd", "mysqld"],
            Product::MySql => &["mysqld"],
            Product::Redis => &["redis-server"],
            Product::Valkey => &["valkey-server"],
        }
    }

    /// The word that `scripts/servers.sh` knows this server by.
    pub(crate) fn install_name(self, major: Option<u32>) -> String {
        match (self, major) {
            (Product::MariaDb, _) => "mariadb".into(),
            (Product::Redis, None | Some(7)) => "redis".into(),
            (Product::Redis, Some(major)) => format!("redis-{major}"),
            (Product::Postgres, major) => format!("postgres-{}", major.unwrap_or(15)),
            (Product::MySql, major) => format!("mysql-{}", major.unwrap_or(9)),
            (Product::Valkey, major) => format!("valkey-{}", major.unwrap_or(8)),
        }
    }

    /// The version in what the server's `--version` printed, when the server is of this product: a `mysqld` may be
    /// MariaDB's, a `redis-server` may be Valkey's.
    fn version(self, printed: &str) -> Option<Version> {
        let before_version = match self {
            Product::Postgres => "(PostgreSQL) ",
            Product::MariaDb | Product::MySql => " Ver ",
            Product::Redis => "Redis server v=",
            Product::Valkey => "Valkey server v=",
        };
        if matches!(self, Product::MariaDb | Product::MySql)
            && printed.contains("MariaDB") != (self == Product::MariaDb)
        {
            return None;
        }
        printed.split_once(before_version).and_then(|(_, version)| Version::leading(version.trim_start()))
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Product::Postgres => "PostgreSQL",
            Product::MariaDb => "MariaDB",
            Product::MySql => "MySQL",
            Product::Redis => "Redis",
            Product::Valkey => "Valkey",
        })
    }
}

/// The programs of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// Whose server it is.
    pub product: Product,
    /// What its `--version` says.
    pub version: Version,
    /// The server program.
    pub server: PathBuf,
}

impl Binaries {
    /// The folder of the server program.
    pub fn dir(&self) -> &Path {
        self.server.parent().unwrap_or(Path::new("/"))
    }

    /// Another program that came with the server, such as `initdb` or `redis-cli`.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let dir = self.dir();
        [dir.join(name), dir.join("../bin").join(name), dir.join("../scripts").join(name)]
            .into_iter()
            .find(|path| path.is_file())
    }
}

/// The servers of a product on this machine, newest first.
///
/// Looks in the folders of [`Product::variable`], below `DBWRIGHT_SERVERS` and the nearest `target/servers` above the
/// current directory, in Debian's places, and on `PATH`.
pub fn find(product: Product) -> Vec<Binaries> {
    find_in(product, &folders(product))
}

/// The newest server of a product.
pub fn newest(product: Product) -> Result<Binaries, LabError> {
    pick(product, None)
}

/// The newest server of a product with this major version.
pub fn find_version(product: Product, major: u32) -> Result<Binaries, LabError> {
    pick(product, Some(major))
}

/// Every supported major version of PostgreSQL: suites go through all of them, and [`for_test`] says which are there.
pub const POSTGRES_MAJORS: RangeInclusive<u32> = 12..=18;

/// A test for every version in [`POSTGRES_MAJORS`] of an `async fn(major: u32)`:
/// `each_postgres! { planted_faults_are_found: recall; }` makes `planted_faults_are_found::on_12` and so on.
#[macro_export]
macro_rules! each_postgres {
    (@ $check:ident $($name:ident $major:literal)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$check($major).await;
            }
        )*
    };
    ($($name:ident: $check:ident;)*) => {
        $(
            mod $name {
                $crate::each_postgres!(@ $check on_12 12 on_13 13 on_14 14 on_15 15 on_16 16 on_17 17 on_18 18);
            }
        )*
    };
}

/// Major versions that tests confine themselves to, separated by commas: for a quick look at one.
const ONLY: &str = "DBWRIGHT_TEST_MAJORS";

/// A server for a test: `None`, and a line that says `skipped`, where the machine has none, or where
/// `DBWRIGHT_TEST_MAJORS=15,18` leaves that version out.
///
/// Under `CI=true` a missing server is an error, unless it is of a version beyond the core set: there a test that did
/// not run must not look like one that passed.
pub fn for_test(product: Product, major: Option<u32>) -> Result<Option<Binaries>, LabError> {
    if let (Some(major), Ok(only)) = (major, env::var(ONLY))
        && !only.split(',').any(|each| each.trim().parse() == Ok(major))
    {
        eprintln!("skipped: {product} {major} is not among {ONLY}={only}");
        return Ok(None);
    }
    let ci = env::var_os("CI").is_some_and(|ci| ci == "true");
    match pick(product, major) {
        Ok(binaries) => Ok(Some(binaries)),
        Err(error) if ci && major.is_none_or(|major| product.core().contains(&major)) => Err(error),
        Err(error) => {
            eprintln!("skipped: {error}");
            Ok(None)
        }
    }
}

fn pick(product: Product, major: Option<u32>) -> Result<Binaries, LabError> {
    let looked_in = folders(product);
    let mut all = find_in(product, &looked_in);
    match all.iter().position(|binaries| major.is_none_or(|major| binaries.version.major() == major)) {
        Some(place) => Ok(all.swap_remove(place)),
        None => {
            let found = all.into_iter().map(|binaries| binaries.version).collect();
            Err(LabError::NotFound { product, major, looked_in, found })
        }
    }
}

fn find_in(product: Product, folders: &[PathBuf]) -> Vec<Binaries> {
    let mut seen = HashSet::new();
    let mut found: Vec<Binaries> = folders
        .iter()
        .flat_map(|folder| product.programs().iter().map(move |program| folder.join(program)))
        // A program that is reached by two ways (a link, a folder named twice) is one server.
        .filter(|server| fs::canonicalize(server).is_ok_and(|real| seen.insert(real)))
        .filter_map(|server| {
            let version = product.version(&printed_version(&server)?)?;
            Some(Binaries { product, version, server })
        })
        .collect();
    // Stable: of two equal versions the one that was named first stays first.
    found.sort_by(|a, b| b.version.cmp(&a.version));
    found
}

fn printed_version(server: &Path) -> Option<String> {
    let output = Command::new(server)
        .arg("--version")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The folders to look in, the most deliberate choice first.
fn folders(product: Product) -> Vec<PathBuf> {
    let listed =
        |variable| env::var_os(variable).map(|list| env::split_paths(&list).collect::<Vec<_>>()).unwrap_or_default();
    let mut folders = listed(product.variable());
    if let Some(servers) = servers_folder() {
        folders.extend(subfolders(&servers).into_iter().map(|server| server.join("bin")));
    }
    if product == Product::Postgres {
        folders.extend(subfolders(Path::new("/usr/lib/postgresql")).into_iter().map(|version| version.join("bin")));
    }
    folders.extend(["/usr/sbin", "/usr/bin", "/usr/local/bin"].map(PathBuf::from));
    folders.extend(listed("PATH"));
    let mut seen = HashSet::new();
    folders.retain(|folder| folder.is_dir() && seen.insert(folder.clone()));
    folders
}

/// Where `scripts/servers.sh` put its servers.
fn servers_folder() -> Option<PathBuf> {
    if let Some(named) = env::var_os("DBWRIGHT_SERVERS") {
        return Some(named.into());
    }
    let here = env::current_dir().ok()?;
    here.ancestors().map(|dir| dir.join("target/servers")).find(|dir| dir.is_dir())
}

fn subfolders(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A program that prints a version.
    fn fake(dir: &Path, name: &str, prints: &str) -> PathBuf {
        fs::create_dir_all(dir).unwrap();
        let path = dir.join(name);
        fs::write(&path, format!("#!/bin/sh\necho '{prints}'\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn tells_products_apart_by_what_they_print() {
        let mysql = "/opt/mysql-9/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))";
        let mariadb = "mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)";
        let valkey = "Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
        assert_eq!(Product::MySql.version(mysql).unwrap().to_string(), "9.7.4");
        assert_eq!(Product::MySql.version(mariadb), None);
        assert_eq!(Product::MariaDb.version(mariadb).unwrap().to_string(), "10.11.19");
        assert_eq!(Product::MariaDb.version(mysql), None);
        assert_eq!(Product::Valkey.version(valkey).unwrap().to_string(), "8.1.1");
        assert_eq!(Product::Redis.version(valkey), None);
    }

    #[test]
    fn newest_first_and_each_server_once() {
        let dir = tempfile::tempdir().unwrap();
        let [old, new, link] = ["old", "new", "link"].map(|name| dir.path().join(name));
        fake(&old, "postgres", "postgres (PostgreSQL) 9.6.24");
        let newest = fake(&new, "postgres", "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)");
        fs::create_dir(&link).unwrap();
        symlink(&newest, link.join("postgres")).unwrap();

        let found = find_in(Product::Postgres, &[old, new, link]);
        let versions: Vec<_> = found.iter().map(|binaries| binaries.version.to_string()).collect();
        assert_eq!(versions, ["15.18", "9.6.24"]);
        assert_eq!(found[0].server, newest);
    }

    #[test]
    fn a_program_that_fails_is_no_server() {
        let dir = tempfile::tempdir().unwrap();
        let path = fake(dir.path(), "redis-server", "");
        fs::write(path, "#!/bin/sh\nexit 1\n").unwrap();
        assert_eq!(find_in(Product::Redis, &[dir.path().into()]), []);
    }

    #[test]
    fn what_is_missing_says_how_to_get_it() {
        let text = find_version(Product::Postgres, 7).unwrap_err().to_string();
        assert!(text.contains("no PostgreSQL 7 server on this machine"), "{text}");
        assert!(text.contains("scripts/servers.sh postgres-7"), "{text}");
        assert!(text.contains("DBWRIGHT_POSTGRES_BIN"), "{text}");
    }
}
