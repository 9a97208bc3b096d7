//! What platforms put around a server's log: each line of theirs carries a line, or a piece of one, of the server's.
//!
//! A wrapping is recognised on the sample, tells its lines apart ([`Unwrap`]) and becomes a [`Reader`] around the reader of
//! what is inside ([`reader::Wrapped`]); the rest does not know. Wrappings may be wrapped.

mod cnpg;
mod escapes;
mod json;
mod prefix;
mod reader;
mod syslog;
mod time;

#[cfg(test)]
mod tests;

use dbwright_model::log::{Detected, LogFormat};

pub(crate) use escapes::Escapes;
pub(crate) use time::Year;

use reader::Wrapped;

/// Wrappings within wrappings, at most.
const DEPTH: usize = 3;
/// A wrapping is one when it explains so many of the sample's lines.
const EXPLAINS: f64 = 0.8;
/// Programs of a shared log that are looked at.
const PROGRAMS: usize = 24;

/// A wrapping.
struct Wrapping {
    /// How a person knows it: `syslog`.
    title: &'static str,
    /// Whether its lines can be nothing else; otherwise a form that understands the lines as they are is preferred.
    sure: bool,
    /// What takes its lines apart, after a look at the sample.
    unwrap: fn(sample: &[u8]) -> Box<dyn Unwrap>,
}

/// All of them. Those with more to them come first.
static WRAPPINGS: &[Wrapping] = &[
    Wrapping { title: "Kubernetes (CRI)", sure: true, unwrap: |_| Box::new(prefix::Prefix::Cri) },
    Wrapping { title: "syslog", sure: true, unwrap: |_| Box::new(syslog::Syslog) },
    Wrapping { title: "CloudNativePG", sure: true, unwrap: |_| Box::new(cnpg::Cnpg) },
    Wrapping {
        title: "the journal (JSON)",
        sure: true,
        unwrap: |sample| Box::new(json::Field::new("MESSAGE", sample)),
    },
    Wrapping { title: "docker (JSON)", sure: true, unwrap: |sample| Box::new(json::Field::new("log", sample)) },
    Wrapping { title: "Google Cloud", sure: true, unwrap: |sample| Box::new(json::Field::new("textPayload", sample)) },
    Wrapping { title: "RDS portions", sure: true, unwrap: |sample| Box::new(json::Field::new("LogFileData", sample)) },
    Wrapping {
        title: "CloudWatch Insights",
        sure: true,
        unwrap: |sample| Box::new(json::Field::new("@message", sample)),
    },
    Wrapping { title: "JSON messages", sure: false, unwrap: |sample| Box::new(json::Field::new("message", sample)) },
    Wrapping { title: "Loki (JSON)", sure: false, unwrap: |sample| Box::new(json::Field::new("line", sample)) },
    Wrapping { title: "docker compose", sure: false, unwrap: |_| Box::new(prefix::Prefix::Compose) },
    Wrapping { title: "kubectl --prefix", sure: false, unwrap: |_| Box::new(prefix::Prefix::Pod) },
    Wrapping { title: "Loki", sure: false, unwrap: |_| Box::new(prefix::Prefix::Labels) },
    Wrapping { title: "CloudWatch", sure: false, unwrap: |_| Box::new(prefix::Prefix::Stream) },
    Wrapping { title: "timestamps", sure: false, unwrap: |_| Box::new(prefix::Prefix::Time) },
];

/// Takes lines of one wrapping apart.
trait Unwrap: Send + Sync {
    /// Tells the pieces in a line, without its end; their times only if they are asked for.
    fn take<'a>(&self, line: &'a [u8], stamps: bool, tell: &mut dyn FnMut(Piece<'a>)) -> Taken;
    /// Whether pieces of several processes come in between each other.
    fn mixes(&self) -> bool {
        false
    }
}

/// What a line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// One with something inside.
    Pieces,
    /// One that says something about the wrapping only, such as a bracket of a list.
    Frame,
    /// One of something else that writes to the same log.
    Foreign,
    /// None of this wrapping.
    Not,
}

/// A line, or a part of one, of what is inside.
#[derive(Debug, Clone, Copy, Default)]
struct Piece<'a> {
    /// As it stands in the wrapping.
    text: &'a [u8],
    /// How it is written there.
    escapes: Escapes,
    /// Where it belongs.
    joins: Joins,
    /// Whether the line goes on with the next piece.
    goes_on: bool,
    /// What wrote it; empty when not told.
    program: &'a [u8],
    /// Which process; empty when not told.
    process: &'a [u8],
    /// The time the wrapping tells; empty when it tells none.
    at: &'a [u8],
}

/// Where a piece belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Joins {
    /// It starts a record, as far as the wrapping knows.
    #[default]
    None,
    /// It is a further line of the last record of its process.
    NextLine,
    /// It is a further piece of the last record of its process: of the same line, where that was cut for its length.
    Piece,
    /// It is a further line of the last record of any process.
    LastLine,
}

/// The best explanation of a sample as something wrapped, if it beats `bare`, the part understood without unwrapping.
pub(crate) fn detect(
    sample: &[u8],
    formats: &[&'static LogFormat],
    year: Year,
    bare: f64,
) -> Option<(&'static LogFormat, Detected)> {
    within(sample, formats, year, bare, DEPTH)
}

fn within(
    sample: &[u8],
    formats: &[&'static LogFormat],
    year: Year,
    bare: f64,
    depth: usize,
) -> Option<(&'static LogFormat, Detected)> {
    let sample = &sample[..memchr::memrchr(b'\n', sample).map_or(sample.len(), |end| end + 1)];
    let mut best: Option<(&'static LogFormat, Detected)> = None;
    for wrapping in WRAPPINGS {
        let beaten = best.as_ref().map_or(0.0, |(_, best)| best.understood);
        let unwrap = (wrapping.unwrap)(sample);
        let lines = Counted::of(sample, unwrap.as_ref());
        if lines.explained() < EXPLAINS || lines.pieces == 0 {
            continue;
        }
        let Some((format, detected)) = inside(sample, unwrap, &lines, formats, year, depth) else { continue };
        let enough = if wrapping.sure { detected.understood * 1.1 > bare } else { detected.understood > bare };
        if enough && detected.understood > beaten {
            let detail = match detected.detail.as_str() {
                "" => format!("in {}", wrapping.title),
                detail => format!("{detail}, in {}", wrapping.title),
            };
            best = Some((format, Detected { detail, ..detected }));
        }
    }
    best
}

/// Which form the texts inside are in, of those programs that write it.
fn inside(
    sample: &[u8],
    unwrap: Box<dyn Unwrap>,
    lines: &Counted,
    formats: &[&'static LogFormat],
    year: Year,
    depth: usize,
) -> Option<(&'static LogFormat, Detected)> {
    let form_of = |text: &[u8]| {
        let bare = crate::detect::bare(text, formats);
        let understood = bare.as_ref().map_or(0.0, |(_, bare)| bare.understood);
        let wrapped = if depth > 1 { within(text, formats, year, understood, depth - 1) } else { None };
        wrapped.or(bare)
    };
    let text = |programs: &[Vec<u8>]| reader::text(unwrap.as_ref(), programs, sample);
    let mut ours: Option<(&'static str, f64, Vec<Vec<u8>>)> = None;
    if lines.programs.len() > 1 {
        let mut found = Vec::new();
        for (program, count) in &lines.programs {
            if let Some((format, detected)) = form_of(&text(std::slice::from_ref(program))) {
                found.push((format.id, detected.understood * *count as f64, program.clone()));
            }
        }
        for (id, weight, program) in found {
            match &mut ours {
                Some((best, most, programs)) if *best == id => {
                    *most += weight;
                    programs.push(program);
                }
                Some((_, most, _)) if *most >= weight => {}
                _ => ours = Some((id, weight, vec![program])),
            }
        }
        ours.as_ref()?;
    }
    let programs = ours.map_or_else(Vec::new, |(_, _, programs)| programs);
    let inner_sample = text(&programs);
    let (format, detected) = form_of(&inner_sample)?;
    let reader = Wrapped::new(unwrap, programs, detected.reader, year, &inner_sample);
    Some((format, Detected { reader: Box::new(reader), ..detected }))
}

/// What the lines of a sample are to a wrapping.
#[derive(Default)]
struct Counted {
    all: usize,
    not: usize,
    pieces: usize,
    /// Who wrote how many pieces, most first.
    programs: Vec<(Vec<u8>, usize)>,
}

impl Counted {
    fn of(sample: &[u8], unwrap: &dyn Unwrap) -> Counted {
        let mut counted = Counted::default();
        for line in reader::lines(sample) {
            counted.all += 1;
            let programs = &mut counted.programs;
            let taken = unwrap.take(line, false, &mut |piece| match programs
                .iter_mut()
                .find(|(program, _)| program == piece.program)
            {
                Some((_, count)) => *count += 1,
                None if piece.joins == Joins::LastLine => {}
                None => programs.push((piece.program.to_vec(), 1)),
            });
            counted.pieces += usize::from(taken == Taken::Pieces);
            counted.not += usize::from(taken == Taken::Not);
            // A sample of something else is known soon.
            if counted.all == 200 && counted.explained() < EXPLAINS / 2.0 {
                break;
            }
        }
        counted.programs.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counted.programs.truncate(PROGRAMS);
        counted
    }

    fn explained(&self) -> f64 {
        if self.all == 0 { 0.0 } else { 1.0 - self.not as f64 / self.all as f64 }
    }
}
