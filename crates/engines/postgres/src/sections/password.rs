//! Whether a stored password is one that anybody guesses first. Stored forms come in, a yes or no goes out:
//! nothing of them is kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::security::PasswordKind;

/// Guessed for every role besides its own name: what leads the published lists of leaked passwords.
const FAMOUS: &[&str] = &["postgres", "password", "123456", "admin", "changeme", "secret"];

/// Most rounds we are ready to compute. The server's default is 4096; a huge number would eat the time budget.
const MOST_ROUNDS: u32 = 20_000;

/// How the password is stored.
pub(super) fn kind(stored: Option<&str>) -> PasswordKind {
    match stored {
        None => PasswordKind::None,
        Some(text) if text.starts_with("SCRAM-SHA-256$") => PasswordKind::Scram,
        Some(text) if text.len() == 35 && text.starts_with("md5") => PasswordKind::Md5,
        Some(_) => PasswordKind::Other,
    }
}

/// Whether the password is the role's own name.
pub(super) fn equals_role(stored: &str, role: &str) -> Option<bool> {
    matches(stored, role, role)
}

/// Whether the password is one of the famous ones.
pub(super) fn famous(stored: &str, role: &str) -> Option<bool> {
    FAMOUS.iter().try_fold(false, |found, guess| Some(found || matches(stored, role, guess)?))
}

/// Whether `guess` is the password behind `stored`; `None` when the form is unknown or too costly to try.
fn matches(stored: &str, role: &str, guess: &str) -> Option<bool> {
    match kind(Some(stored)) {
        PasswordKind::Md5 => {
            let digest = Md5::digest(format!("{guess}{role}"));
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(stored[3..].eq_ignore_ascii_case(&hex))
        }
        PasswordKind::Scram => scram_matches(stored, guess),
        PasswordKind::None | PasswordKind::Other => None,
    }
}

/// `SCRAM-SHA-256$<rounds>:<salt>$<StoredKey>:<ServerKey>`, RFC 5802: StoredKey = H(HMAC(PBKDF2(password), "Client Key")).
fn scram_matches(stored: &str, guess: &str) -> Option<bool> {
    let (head, keys) = stored.strip_prefix("SCRAM-SHA-256$")?.split_once('$')?;
    let (rounds, salt) = head.split_once(':')?;
    let rounds: u32 = rounds.parse().ok().filter(|&rounds| (1..=MOST_ROUNDS).contains(&rounds))?;
    let salt = STANDARD.decode(salt).ok()?;
    let stored_key = STANDARD.decode(keys.split_once(':')?.0).ok()?;
    let mut salted = [0u8; 32];
    pbkdf2::pbkdf2::<Hmac<Sha256>>(guess.as_bytes(), &salt, rounds, &mut salted).ok()?;
    let mut client_key = <Hmac<Sha256> as Mac>::new_from_slice(&salted).ok()?;
    client_key.update(b"Client Key");
    Some(Sha256::digest(client_key.finalize().into_bytes()).as_slice() == stored_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by PostgreSQL 15: role app, password app.
    const MD5_APP: &str = "md5fe63fea7be31b0200b496d08bc6b517d";
    const SCRAM_APP: &str = "SCRAM-SHA-256$4096:kfbPf6sXtA3j5fX1sTYibw==$1mLD17lwcym1tByYFUAxTHQb/Gs9fDiHYqbiBQF2Saw=:ODgb3mRLypp1UIKc/r+q93DpvMobEUK1/na3gUp2M24=";

    #[test]
    fn the_kind_is_told_by_the_form() {
        assert_eq!(kind(None), PasswordKind::None);
        assert_eq!(kind(Some(MD5_APP)), PasswordKind::Md5);
        assert_eq!(kind(Some(SCRAM_APP)), PasswordKind::Scram);
        assert_eq!(kind(Some("md5short")), PasswordKind::Other);
    }

    #[test]
    fn a_password_that_is_the_name_is_seen_in_both_forms() {
        assert_eq!(equals_role(MD5_APP, "app"), Some(true));
        assert_eq!(equals_role(SCRAM_APP, "app"), Some(true));
        assert_eq!(equals_role(SCRAM_APP, "other"), Some(false));
        assert_eq!(equals_role(MD5_APP, "other"), Some(false));
        assert_eq!(famous(SCRAM_APP, "app"), Some(false));
    }

    #[test]
    fn odd_forms_are_unknown_not_harmless() {
        for text in [
            "",
            "x",
            "SCRAM-SHA-256$",
            "SCRAM-SHA-256$0:$:",
            "SCRAM-SHA-256$99999999:YQ==$YQ==:YQ==",
            "SCRAM-SHA-256$1:é$",
        ] {
            assert_eq!(equals_role(text, "app"), None, "{text}");
        }
    }
}
