//! Who may do what: the flags of ACL users, never their password hashes.

use dbwright_model::{Case, Name, Section};
use serde::{Deserialize, Serialize};

use crate::command;
use crate::reply;
use crate::session::Session;

/// ACL users.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Security {
    /// Sorted by name.
    pub users: Vec<User>,
}

/// One ACL user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Its name.
    pub name: Name,
    /// Whether it may log in.
    pub on: bool,
    /// Whether any password will do.
    pub nopass: bool,
    /// Whether it may touch every key.
    pub all_keys: bool,
    /// Whether it may run (nearly) every command.
    pub all_commands: bool,
    /// Of the commands that can take a server down or empty it, those it may run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dangerous: Vec<String>,
}

impl Section for Security {
    const ID: &'static str = "redis.security";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "ACL users";
}

/// Commands that empty, stop, reconfigure or block a server, with the ACL categories they are in.
const DANGEROUS: &[(&str, &[&str])] = &[
    ("CONFIG", &["admin", "dangerous", "slow"]),
    ("DEBUG", &["admin", "dangerous", "slow"]),
    ("FLUSHALL", &["keyspace", "write", "dangerous", "slow"]),
    ("KEYS", &["keyspace", "read", "dangerous", "slow"]),
    ("SHUTDOWN", &["admin", "dangerous", "slow"]),
];

impl User {
    /// Reads a line of `ACL LIST`. Rules apply in order, the last word wins.
    fn read(line: &str) -> Option<User> {
        let mut words = line.split_ascii_whitespace();
        if words.next()? != "user" {
            return None;
        }
        let mut user = User { name: words.next()?.into(), ..User::default() };
        let mut allowed = vec![false; DANGEROUS.len()];
        for word in words {
            match word {
                "on" => user.on = true,
                "nopass" => user.nopass = true,
                "~*" | "allkeys" | "%RW~*" => user.all_keys = true,
                // Selectors grant more on other keys; what stands outside them is the user's own.
                _ if word.starts_with('(') => break,
                _ => {
                    let (grant, rule) = match word.split_at_checked(1) {
                        Some(("+", rule)) => (true, rule.to_ascii_lowercase()),
                        Some(("-", rule)) => (false, rule.to_ascii_lowercase()),
                        _ => match word {
                            "allcommands" => (true, "@all".to_owned()),
                            "nocommands" => (false, "@all".to_owned()),
                            _ => continue,
                        },
                    };
                    if rule == "@all" {
                        user.all_commands = grant;
                    }
                    for (at, (command, categories)) in DANGEROUS.iter().enumerate() {
                        let hit = match rule.strip_prefix('@') {
                            Some("all") => true,
                            Some(category) => categories.contains(&category),
                            None => rule.eq_ignore_ascii_case(command),
                        };
                        if hit {
                            allowed[at] = grant;
                        }
                    }
                }
            }
        }
        user.dangerous = DANGEROUS
            .iter()
            .zip(allowed)
            .filter(|(_, allowed)| *allowed)
            .map(|((command, _), _)| (*command).to_owned())
            .collect();
        Some(user)
    }
}

pub(crate) async fn collect(session: &mut Session, case: &mut Case) {
    let list = match session.run(command::ACL_LIST, &[]).await {
        Ok(list) => list,
        Err(trouble) => return case.miss(trouble.gap(Security::ID, None)),
    };
    let mut users: Vec<User> = reply::items(&list).iter().filter_map(|line| User::read(&reply::text(line)?)).collect();
    users.sort_by(|a, b| a.name.cmp(&b.name));
    case.store(&Security { users });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_hashes_are_not() {
        let user = User::read("user default on nopass sanitize-payload ~* &* +@all").unwrap();
        assert!(user.on && user.nopass && user.all_keys && user.all_commands);
        assert_eq!(user.dangerous, ["CONFIG", "DEBUG", "FLUSHALL", "KEYS", "SHUTDOWN"]);
        let app =
            User::read("user app on #5e884898da28 ~app:* resetchannels -@all +@read +@write -@dangerous +get").unwrap();
        assert_eq!(app.dangerous, Vec::<String>::new());
        assert!(!app.nopass && !app.all_keys && !app.all_commands && !format!("{app:?}").contains("5e88"));
    }

    #[test]
    fn the_last_word_wins() {
        let user = User::read("user ops on ~* +@all -@dangerous +keys -flushall").unwrap();
        assert_eq!(user.dangerous, ["KEYS"]);
        assert_eq!(User::read("user ro on nopass ~* -@all +@read").unwrap().dangerous, ["KEYS"]);
    }
}
