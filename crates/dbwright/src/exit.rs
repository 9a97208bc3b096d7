//! How the program ends, and how it says why.

use std::fmt::Display;
use std::process::ExitCode;

use dbwright_model::room::{GatherError, GatherErrorKind};

/// Exit codes; they are part of the interface and printed by `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing at or above the threshold.
    Clean = 0,
    /// Findings at or above `--fail-on`.
    Findings = 1,
    /// The command line or a configuration file cannot be understood.
    Usage = 2,
    /// The server cannot be reached, or does not let us in; a file cannot be read or written.
    Unreachable = 3,
    /// The evidence does not suffice; the report says what to collect.
    Insufficient = 4,
    /// The deadline was reached; what was collected until then is printed.
    Deadline = 124,
    /// Interrupted (Ctrl-C).
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a verb could not do its work, for a person.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Display) -> Failure {
        Failure { exit, message: message.to_string(), hint: None }
    }

    pub(crate) fn usage(message: impl Display) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    pub(crate) fn hint(mut self, hint: impl Display) -> Failure {
        self.hint = Some(hint.to_string());
        self
    }

    /// Tells it and goes on.
    pub(crate) fn warn(self) {
        let bold = anstyle::AnsiColor::Yellow.on_default().bold();
        anstream::eprintln!("{bold}passed over{bold:#}: {}", self.message);
    }

    pub(crate) fn print(self) -> ExitCode {
        let bold = anstyle::AnsiColor::Red.on_default().bold();
        let dim = anstyle::Style::new().bold();
        anstream::eprintln!("{bold}error{bold:#}: {}", self.message);
        if let Some(hint) = self.hint {
            anstream::eprintln!("{dim}hint{dim:#}: {hint}");
        }
        self.exit.into()
    }
}

impl From<GatherError> for Failure {
    fn from(error: GatherError) -> Failure {
        let exit = match error.kind {
            GatherErrorKind::Usage | GatherErrorKind::Query => Exit::Usage,
            _ => Exit::Unreachable,
        };
        Failure::new(exit, &error).hint(error.hint)
    }
}
