//! Commands that have no text: the log names them in the place of a statement.

use dbwright_model::log::Said;

/// What stands before the name.
pub(super) const MARK: &[u8] = b"# administrator command: ";

/// All there are, as they are shown. Any other is read as text, whose values are taken out.
static COMMANDS: &[&str] = &[
    "administrator command: Binlog Dump",
    "administrator command: Binlog Dump GTID",
    "administrator command: Change user",
    "administrator command: Close stmt",
    "administrator command: Connect",
    "administrator command: Connect Out",
    "administrator command: Create DB",
    "administrator command: Debug",
    "administrator command: Drop DB",
    "administrator command: Execute",
    "administrator command: Fetch",
    "administrator command: Field List",
    "administrator command: Init DB",
    "administrator command: Kill",
    "administrator command: Long Data",
    "administrator command: Ping",
    "administrator command: Prepare",
    "administrator command: Processlist",
    "administrator command: Quit",
    "administrator command: Refresh",
    "administrator command: Register Replica",
    "administrator command: Register Slave",
    "administrator command: Reset Connection",
    "administrator command: Reset stmt",
    "administrator command: Set option",
    "administrator command: Shutdown",
    "administrator command: Sleep",
    "administrator command: Statistics",
    "administrator command: Table Dump",
];

/// What was asked: one of the commands, or a statement.
pub(super) fn said(text: &[u8]) -> Said<'_> {
    let Some(command) = text.strip_prefix(b"# ").filter(|_| text.starts_with(MARK)) else { return Said::Sql(text) };
    match COMMANDS.iter().find(|known| known.as_bytes() == command) {
        Some(known) => Said::Shaped { fingerprint: hash(command), literals: 0, shape: known },
        None => Said::Sql(command),
    }
}

/// FNV-1a.
fn hash(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
