//! Accounts: who may come in from where, and with what. Only facts about passwords leave this file, never a hash.

use dbwright_model::{Case, Name, Product, Section};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::session::Session;
use crate::statement::Statement;

const MYSQL: Statement = Statement::new(
    Accounts::ID,
    "SELECT user, host, plugin, authentication_string AS auth, account_locked = 'Y' AS locked, super_priv = 'Y' AS super,
            grant_priv = 'Y' AS grants, file_priv = 'Y' AS file, ssl_type <> '' AS tls,
            (select_priv = 'Y' AND insert_priv = 'Y' AND update_priv = 'Y' AND delete_priv = 'Y' AND create_priv = 'Y' AND drop_priv = 'Y') AS everything
     FROM mysql.user",
)
.mysql();

const MARIADB: Statement = Statement::new(
    Accounts::ID,
    "SELECT u.user, u.host, u.plugin, u.authentication_string AS auth,
            COALESCE(JSON_VALUE(g.priv, '$.account_locked'), 'false') IN ('true', '1') AS locked, u.super_priv = 'Y' AS super,
            u.grant_priv = 'Y' AS grants, u.file_priv = 'Y' AS file, u.ssl_type <> '' AS tls,
            (u.select_priv = 'Y' AND u.insert_priv = 'Y' AND u.update_priv = 'Y' AND u.delete_priv = 'Y' AND u.create_priv = 'Y' AND u.drop_priv = 'Y') AS everything
     FROM mysql.user u LEFT JOIN mysql.global_priv g ON g.user = u.user AND g.host = u.host WHERE u.is_role = 'N'",
)
.mariadb();

const DATABASES: Statement = Statement::new(
    Accounts::ID,
    "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name = 'test' OR schema_name LIKE 'test\\_%'",
);

pub(crate) const STATEMENTS: &[Statement] = &[MYSQL, MARIADB, DATABASES];

/// The accounts of the server.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Accounts {
    /// Sorted by user and host. The server's own, which nobody can log in as, are left out.
    pub accounts: Vec<Account>,
    /// Databases that everybody may write to by default: `test`, `test_…`.
    pub test_databases: Vec<Name>,
}

impl Section for Accounts {
    const ID: &'static str = "mysql.accounts";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "accounts";
}

/// One account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Account {
    /// Its user; empty for an anonymous one.
    pub user: Name,
    /// The host it may come from, as a pattern.
    pub host: Name,
    /// How it authenticates.
    pub plugin: String,
    /// It cannot log in.
    pub locked: bool,
    /// It needs no password, by a plugin that uses one.
    pub no_password: bool,
    /// Its password is its name, or a famous one; `None` when that could not be checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guessable: Option<bool>,
    /// It has SUPER.
    pub super_user: bool,
    /// It may pass on its privileges everywhere.
    pub grants: bool,
    /// It may read and write files of the server.
    pub file: bool,
    /// It may do everything with all data.
    pub everything: bool,
    /// It must use TLS.
    pub tls: bool,
}

impl Account {
    /// `user@host`, as findings show it.
    pub fn shown(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }

    /// Whether it can come from another machine.
    pub fn remote(&self) -> bool {
        !matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    }

    /// Whether it administrates the server.
    pub fn admin(&self) -> bool {
        self.super_user || (self.everything && self.grants)
    }
}

#[derive(Deserialize)]
struct Row {
    user: String,
    host: Name,
    plugin: Option<String>,
    auth: Option<String>,
    locked: Option<u8>,
    #[serde(rename = "super")]
    super_user: Option<u8>,
    grants: Option<u8>,
    file: Option<u8>,
    tls: Option<u8>,
    everything: Option<u8>,
}

#[derive(Deserialize)]
struct Database {
    name: Name,
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let maria = session.product == Product::MariaDB;
    let statement = if maria { &MARIADB } else { &MYSQL };
    let rows: Vec<Row> = match session.rows(statement).await {
        Ok(rows) => rows,
        Err(trouble) => {
            let mut allow = session.grant("SELECT ON mysql.user");
            if maria {
                allow += &format!(" {}", session.grant("SELECT ON mysql.global_priv"));
            }
            return case.miss(trouble.gap(Accounts::ID, None, Some(allow)));
        }
    };
    let databases = match session.rows::<Database>(&DATABASES).await {
        Ok(rows) => rows,
        Err(trouble) => {
            let allow = Some(session.grant("SHOW DATABASES ON *.*"));
            case.miss(trouble.gap(Accounts::ID, Some("databases named test"), allow));
            Vec::new()
        }
    };
    const OWN: &[&str] = &["mysql.sys", "mysql.session", "mysql.infoschema", "mariadb.sys", "event_scheduler"];
    let mut accounts: Vec<Account> =
        rows.into_iter().filter(|row| !OWN.contains(&row.user.as_str())).map(account).collect();
    accounts.sort_by(|a, b| (&a.user, &a.host).cmp(&(&b.user, &b.host)));
    case.store(&Accounts { accounts, test_databases: databases.into_iter().map(|row| row.name).collect() });
}

fn account(row: Row) -> Account {
    let flag = |flag: Option<u8>| flag.unwrap_or(0) == 1;
    let plugin = row.plugin.unwrap_or_default();
    let auth = row.auth.unwrap_or_default();
    let by_password = matches!(
        plugin.as_str(),
        "" | "mysql_native_password"
            | "caching_sha2_password"
            | "sha256_password"
            | "mysql_old_password"
            | "ed25519"
            | "parsec"
    );
    Account {
        no_password: by_password && auth.is_empty() && plugin != "mysql_old_password",
        guessable: if by_password && !auth.is_empty() { guessable(&row.user, &plugin, &auth) } else { None },
        user: row.user.into(),
        host: row.host,
        plugin,
        locked: flag(row.locked),
        super_user: flag(row.super_user),
        grants: flag(row.grants),
        file: flag(row.file),
        everything: flag(row.everything),
        tls: flag(row.tls),
    }
}

/// Whether the hash is that of the user's own name or of a famous password; `None` for hashes we do not know.
fn guessable(user: &str, plugin: &str, auth: &str) -> Option<bool> {
    let candidates = [user, "password", "root", "mysql", "admin", "secret", "123456", "changeme"];
    match plugin {
        "" | "mysql_native_password" => {
            let stored = auth.strip_prefix('*')?.to_ascii_uppercase();
            Some(candidates.iter().any(|candidate| native(candidate) == stored))
        }
        "caching_sha2_password" => {
            // $A$005$ + 20 bytes of salt + 43 characters of hash; the three digits are rounds in thousands, in hex.
            let rest = auth.strip_prefix("$A$")?;
            let rounds = usize::from_str_radix(rest.get(..3)?, 16).ok()?.checked_mul(1000)?;
            let salt = rest.get(4..24)?;
            let stored = rest.get(24..)?;
            if !(1000..=20_000).contains(&rounds) {
                return None;
            }
            // Each candidate takes some milliseconds: the name, and the two most famous.
            Some(candidates.iter().take(3).any(|candidate| sha256_crypt(candidate, salt, rounds) == stored))
        }
        _ => None,
    }
}

/// `SHA1(SHA1(password))` in capital hexadecimal: the native plugin's hash.
fn native(password: &str) -> String {
    Sha1::digest(Sha1::digest(password)).iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The SHA-256 crypt of Ulrich Drepper's specification, with the salt as it stands (MySQL's salts are 20 bytes long).
fn sha256_crypt(password: &str, salt: &str, rounds: usize) -> String {
    let (password, salt) = (password.as_bytes(), salt.as_bytes());
    let repeat = |digest: &[u8], length: usize| digest.iter().copied().cycle().take(length).collect::<Vec<u8>>();
    let alternate = Sha256::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut hash =
        Sha256::new().chain_update(password).chain_update(salt).chain_update(repeat(&alternate, password.len()));
    let mut length = password.len();
    while length > 0 {
        if length & 1 == 1 {
            hash.update(alternate);
        } else {
            hash.update(password);
        }
        length >>= 1;
    }
    let mut digest = hash.finalize();
    let mut long = Sha256::new();
    for _ in 0..password.len() {
        long.update(password);
    }
    let p = repeat(&long.finalize(), password.len());
    let mut salted = Sha256::new();
    for _ in 0..16 + usize::from(digest[0]) {
        salted.update(salt);
    }
    let s = repeat(&salted.finalize(), salt.len());
    for round in 0..rounds {
        let mut next = Sha256::new();
        if round & 1 == 1 {
            next.update(&p)
        } else {
            next.update(digest)
        }
        if round % 3 != 0 {
            next.update(&s);
        }
        if round % 7 != 0 {
            next.update(&p);
        }
        if round & 1 == 1 {
            next.update(digest)
        } else {
            next.update(&p)
        }
        digest = next.finalize();
    }
    const ORDER: [(usize, usize, usize); 10] = [
        (0, 10, 20),
        (21, 1, 11),
        (12, 22, 2),
        (3, 13, 23),
        (24, 4, 14),
        (15, 25, 5),
        (6, 16, 26),
        (27, 7, 17),
        (18, 28, 8),
        (9, 19, 29),
    ];
    let mut out = String::with_capacity(43);
    let mut encode = |mut bits: u32, count: usize| {
        const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        for _ in 0..count {
            out.push(char::from(ALPHABET[(bits & 63) as usize]));
            bits >>= 6;
        }
    };
    let at = |n: usize| u32::from(digest[n]);
    for (a, b, c) in ORDER {
        encode((at(a) << 16) | (at(b) << 8) | at(c), 4);
    }
    encode((at(31) << 8) | at(30), 3);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(plugin: &str, auth: &str) -> Account {
        account(Row {
            user: "app".into(),
            host: "%".into(),
            plugin: Some(plugin.into()),
            auth: Some(auth.into()),
            locked: None,
            super_user: None,
            grants: None,
            file: None,
            tls: None,
            everything: None,
        })
    }

    #[test]
    fn every_plugin_with_passwords_can_lack_one() {
        for plugin in ["mysql_native_password", "caching_sha2_password", "ed25519", "parsec"] {
            assert!(row(plugin, "").no_password, "{plugin}");
            assert!(!row(plugin, "x").no_password, "{plugin}");
        }
        assert!(!row("unix_socket", "").no_password);
    }

    #[test]
    fn hashes_of_too_many_rounds_are_not_checked() {
        let hash = |digits: &str| format!("$A${digits}$01234567890123456789{}", "x".repeat(43));
        assert_eq!(guessable("app", "caching_sha2_password", &hash("005")), Some(false));
        assert_eq!(guessable("app", "caching_sha2_password", &hash("015")), None);
        assert_eq!(guessable("app", "caching_sha2_password", "$A$é"), None);
    }

    #[test]
    fn known_hashes_are_recognised() {
        // SELECT PASSWORD('password')
        assert_eq!(native("password"), "2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
        // Drepper's own test vector for 5000 rounds.
        assert_eq!(sha256_crypt("Hello world!", "saltstring", 5000), "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5");
        assert_eq!(guessable("app", "mysql_native_password", &format!("*{}", native("app"))), Some(true));
        assert_eq!(guessable("app", "mysql_native_password", &format!("*{}", native("kj34h5"))), Some(false));
        assert_eq!(guessable("app", "ed25519", "xyz"), None);
    }
}
