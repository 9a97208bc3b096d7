//! How a line of `pg_hba.conf` is read and written.

use crate::sections::security::Access;

/// Whether `listen_addresses` lets other machines in.
pub(super) fn beyond_this_machine(listen: &str) -> bool {
    let local = |address: &str| matches!(address, "" | "localhost" | "::1") || address.starts_with("127.");
    !listen.split(',').all(|address| local(address.trim()))
}

/// The roles and databases of the line, in words.
pub(super) fn who(line: &Access) -> String {
    format!("{} in {}", joined(line.users.as_deref(), "all roles"), joined(line.databases.as_deref(), "all databases"))
}

fn joined(names: Option<&[dbwright_model::Name]>, all: &str) -> String {
    match names {
        Some(names) if !names.is_empty() => names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "),
        _ => all.to_owned(),
    }
}

/// The addresses of the line as the file has them: `10.0.0.0/8`.
pub(super) fn range(address: &str, netmask: Option<&str>) -> String {
    let bits = netmask.and_then(|mask| mask.parse::<std::net::IpAddr>().ok()).map(|mask| match mask {
        std::net::IpAddr::V4(mask) => u32::from(mask).count_ones(),
        std::net::IpAddr::V6(mask) => u128::from(mask).count_ones(),
    });
    bits.map_or_else(|| address.to_owned(), |bits| format!("{address}/{bits}"))
}

/// The line with another method.
pub(super) fn rewritten(line: &Access, method: &str) -> String {
    let words = |names: Option<&[dbwright_model::Name]>| match names {
        Some(names) if !names.is_empty() => names.iter().map(|name| word(name.as_str())).collect::<Vec<_>>().join(","),
        _ => "all".to_owned(),
    };
    let kind = line.kind.as_deref().unwrap_or("host");
    let from = line.address.as_ref().map_or_else(|| "all".to_owned(), |at| range(at.as_str(), line.netmask.as_deref()));
    format!("{kind} {} {} {from} {method}", words(line.databases.as_deref()), words(line.users.as_deref()))
}

/// A name as the file needs it.
fn word(name: &str) -> String {
    match name.contains([' ', ',', '#', '"']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_as_the_file_has_them() {
        let line = Access {
            kind: Some("host".into()),
            databases: None,
            users: Some(vec!["app".into(), "my role".into()]),
            address: Some("10.0.0.0".into()),
            netmask: Some("255.0.0.0".into()),
            ..Access::default()
        };
        assert_eq!(rewritten(&line, "scram-sha-256"), "host all app,\"my role\" 10.0.0.0/8 scram-sha-256");
        assert_eq!(who(&line), "app, my role in all databases");
    }

    #[test]
    fn listening_is_told_from_the_setting() {
        assert!(beyond_this_machine("*") && beyond_this_machine("localhost,10.0.0.1"));
        assert!(
            !beyond_this_machine("localhost") && !beyond_this_machine("") && !beyond_this_machine("127.0.0.1, ::1")
        );
    }
}
