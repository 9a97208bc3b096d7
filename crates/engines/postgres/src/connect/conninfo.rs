//! The forms in which libpq takes connection parameters: URLs, words, service files, password files. Text in,
//! parameters out; no message repeats a value, which may be a password.

use std::collections::BTreeMap;

/// Parameters by libpq's keyword. What is empty counts as absent, as in libpq.
pub(super) type Parameters = BTreeMap<String, String>;

/// What is done with a keyword.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It is read.
    Read,
    /// It changes nothing here: encodings, keepalives, names of services we do not use.
    Ignored,
    /// It demands a protection that cannot be given, so going on without it would be wrong.
    Refused,
}

/// libpq's keywords, and those that other drivers put into the same URL.
const KEYWORDS: &[(Use, &[&str])] = &[
    (
        Use::Read,
        &[
            "host",
            "hostaddr",
            "port",
            "dbname",
            "user",
            "password",
            "passfile",
            "service",
            "servicefile",
            "connect_timeout",
            "options",
            "target_session_attrs",
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslnegotiation",
            "ssl_min_protocol_version",
            "ssl_max_protocol_version",
            "channel_binding",
        ],
    ),
    (
        Use::Ignored,
        &[
            "application_name",
            "fallback_application_name",
            "client_encoding",
            "keepalives",
            "keepalives_idle",
            "keepalives_interval",
            "keepalives_count",
            "tcp_user_timeout",
            "gssencmode",
            "krbsrvname",
            "gsslib",
            "gssdelegation",
            "sslcompression",
            "sslcertmode",
            "sslsni",
            "sslkeylogfile",
            "load_balance_hosts",
            "min_protocol_version",
            "max_protocol_version",
            // of pools and mappers, often left in a DATABASE_URL
            "schema",
            "currentSchema",
            "search_path",
            "connection_limit",
            "pool_timeout",
            "pool_size",
            "max_pool_size",
            "pgbouncer",
            "prepared_statements",
            "prepareThreshold",
            "statement_cache_size",
            "statement_cache_capacity",
            "socket_timeout",
        ],
    ),
    (
        Use::Refused,
        &[
            "require_auth",
            "requirepeer",
            "sslcrl",
            "sslcrldir",
            "sslpassword",
            "replication",
            "scram_client_key",
            "scram_server_key",
            "oauth_issuer",
            "oauth_client_id",
            "oauth_client_secret",
            "oauth_scope",
        ],
    ),
];

fn put(into: &mut Parameters, keyword: &str, value: String) -> Result<(), String> {
    let known = KEYWORDS.iter().find(|(_, names)| names.contains(&keyword)).map(|(used, _)| *used);
    match known {
        Some(_) if value.is_empty() => {}
        Some(Use::Read) => {
            into.insert(keyword.to_owned(), value);
        }
        Some(Use::Ignored) => {}
        Some(Use::Refused) => return Err(format!("`{keyword}` cannot be honoured here")),
        // libpq's own exception, for JDBC's URLs.
        None if keyword == "ssl" && value == "true" => {
            into.insert("sslmode".into(), "require".into());
        }
        None => return Err(format!("`{keyword}` is no connection parameter of PostgreSQL")),
    }
    Ok(())
}

/// Either form of a connection string.
pub(super) fn read(text: &str) -> Result<Parameters, String> {
    match text.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_alphabetic()) => url(rest),
        _ => words(text),
    }
}

/// What follows `postgres://`: `user:password@host:port,host:port/database?keyword=value&…`, each part optional.
fn url(text: &str) -> Result<Parameters, String> {
    let mut found = Parameters::new();
    let (rest, query) = text.split_once('?').unwrap_or((text, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    put(&mut found, "user", decoded(user)?)?;
    put(&mut found, "password", decoded(password)?)?;
    put(&mut found, "dbname", decoded(database)?)?;
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = match host.strip_prefix('[') {
            Some(address) => {
                let (address, port) = address.split_once(']').ok_or("an IPv6 address lacks its `]`")?;
                (address, port.strip_prefix(':').unwrap_or(port))
            }
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(decoded(name)?);
        ports.push(decoded(port)?);
    }
    if names.iter().any(|name| !name.is_empty()) {
        put(&mut found, "host", names.join(","))?;
    }
    if ports.iter().any(|port| !port.is_empty()) {
        put(&mut found, "port", ports.join(","))?;
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (keyword, value) = pair.split_once('=').ok_or("a parameter after `?` has no `=`")?;
        put(&mut found, &decoded(keyword)?, decoded(value)?)?;
    }
    Ok(found)
}

fn decoded(text: &str) -> Result<String, String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| "percent-encoded text is not UTF-8".to_owned())
}

/// `keyword=value keyword='va\'lue'`, blanks around `=` allowed.
fn words(text: &str) -> Result<Parameters, String> {
    let mut found = Parameters::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (keyword, after) = rest.split_once('=').ok_or("a word of the connection string has no `=`")?;
        let keyword = keyword.trim_end();
        if keyword.contains(char::is_whitespace) {
            return Err("a word of the connection string has no `=`".into());
        }
        let after = after.trim_start();
        let (quoted, body) = after.strip_prefix('\'').map_or((false, after), |body| (true, body));
        let mut value = String::new();
        let mut letters = body.char_indices();
        let mut end = None;
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
                '\'' if quoted => {
                    end = Some(at + 1);
                    break;
                }
                letter if !quoted && letter.is_whitespace() => {
                    end = Some(at);
                    break;
                }
                letter => value.push(letter),
            }
        }
        if quoted && end.is_none() {
            return Err("a quoted value of the connection string is not closed".into());
        }
        put(&mut found, keyword, value)?;
        rest = body.get(end.unwrap_or(body.len())..).unwrap_or("").trim_start();
    }
    Ok(found)
}

/// The parameters of a service in a service file, `None` when it is not there.
pub(super) fn service(file: &str, wanted: &str) -> Result<Option<Parameters>, String> {
    let mut found = None;
    for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            if name == wanted {
                found = Some(Parameters::new());
            }
        } else if let Some(parameters) = &mut found {
            let (keyword, value) = line.split_once('=').ok_or("a line of the service has no `=`")?;
            if keyword.trim() == "service" {
                return Err("a service cannot name another".into());
            }
            put(parameters, keyword.trim(), value.trim().to_owned())?;
        }
    }
    Ok(found)
}

/// The first password of a password file whose `host:port:database:user` fits.
pub(super) fn password(file: &str, wanted: [&str; 4]) -> Option<String> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(fields).find_map(|mut fields| {
        let password = fields.get_mut(4).map(std::mem::take)?;
        let fits = fields.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted);
        (fits && !password.is_empty()).then_some(password)
    })
}

/// A line of a password file: five fields between colons, `\` before a colon or a backslash that is meant literally.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let last = fields.len() - 1;
        match letter {
            ':' if last < 4 => fields.push(String::new()),
            '\\' => fields[last].extend(letters.next()),
            letter => fields[last].push(letter),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(found: Result<Parameters, String>) -> String {
        let found = found.map(|found| found.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" "));
        found.unwrap_or_else(|error| format!("error: {error}"))
    }

    #[test]
    fn urls_are_read_as_libpq_reads_them() {
        for (text, expected) in [
            ("postgres://", ""),
            ("postgresql://u:p%40ss@h:5433/d", "dbname=d host=h password=p@ss port=5433 user=u"),
            ("postgres://a:1,b,[::1]:3/d?sslmode=require", "dbname=d host=a,b,::1 port=1,,3 sslmode=require"),
            ("postgres://%2Fvar%2Frun/d", "dbname=d host=/var/run"),
            ("postgres://u@/d?host=/tmp&ssl=true", "dbname=d host=/tmp sslmode=require user=u"),
            ("postgres://h?options=-c%20a=b&schema=public", "host=h options=-c a=b"),
            ("postgres://h/d?sslmoed=x", "error: `sslmoed` is no connection parameter of PostgreSQL"),
            ("postgres://h/d?sslcrl=f", "error: `sslcrl` cannot be honoured here"),
            ("postgres://[::1/d", "error: an IPv6 address lacks its `]`"),
            ("postgres://h/%ff", "error: percent-encoded text is not UTF-8"),
        ] {
            assert_eq!(shown(read(text)), expected, "{text}");
        }
    }

    #[test]
    fn words_are_read_as_libpq_reads_them() {
        for (text, expected) in [
            ("host=h  port = 5433", "host=h port=5433"),
            (r"password='it\'s a \\' user=u", r"password=it's a \ user=u"),
            (r"password=a\ b host=h", "host=h password=a b"),
            ("host='' user=u", "user=u"),
            ("host=h nonsense", "error: a word of the connection string has no `=`"),
            ("nonsense host=h", "error: a word of the connection string has no `=`"),
            ("password='s3cret", "error: a quoted value of the connection string is not closed"),
            ("password=é", "password=é"),
        ] {
            assert_eq!(shown(read(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_service_ends_where_the_next_begins() {
        let file = "# ours\n[a]\nhost=a\n\n[b]\nhost = b\nport=7\n[c]\nhost=c\n[d]\nservice=a\n";
        assert_eq!(shown(service(file, "b").map(Option::unwrap)), "host=b port=7");
        assert_eq!(service(file, "x"), Ok(None));
        assert!(service(file, "d").is_err());
    }

    #[test]
    fn the_first_fitting_line_has_the_password() {
        let file = "#h:*:*:*:no\nh:5432:d:u:one\n*:*:*:u:t\\:w\\\\o:x\nshort:line\n";
        assert_eq!(password(file, ["h", "5432", "d", "u"]).as_deref(), Some("one"));
        assert_eq!(password(file, ["h", "5433", "d", "u"]).as_deref(), Some("t:w\\o:x"));
        assert_eq!(password(file, ["h", "5432", "d", "other"]), None);
    }
}
