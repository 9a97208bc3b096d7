//! Operations that were slow or timed out, below a line that counts them: `<SELECT …>, time 319 msec - slow timeout 2 msec`,
//! `<SELECT …>, was slow 2 times: avg/min/max 113/6/221 msec - slow timeout 2 msec`.

use dbwright_reading::moment;

/// More of one kind than fit into the seconds between two reports is a damaged line.
const MOST: u64 = 100_000;

/// An operation, or several with the same statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operation<'a> {
    pub(super) statement: &'a [u8],
    pub(super) times: u64,
    /// Milliseconds: mean (rounded down), least, most.
    average: u64,
    least: u64,
    most: u64,
    /// It was given up, not only slow.
    pub(super) timed_out: bool,
}

/// Reads a line below the one that counts.
pub(super) fn operation(line: &[u8]) -> Option<Operation<'_>> {
    let inner = line.strip_prefix(b"<")?;
    let end = memchr::memmem::rfind(inner, b">, ").or_else(|| memchr::memmem::rfind(inner, b"> "))?;
    let (statement, told) = (&inner[..end], inner[end + 1..].trim_ascii_start());
    let told = told.strip_prefix(b", ").unwrap_or(told);
    let number = |text: &[u8]| moment::number(moment::digits(text)).and_then(|number| u64::try_from(number).ok());
    let once = told.strip_prefix(b"time ").or_else(|| told.strip_prefix(b"total time "));
    if let Some(millis) = once.and_then(number) {
        let timed_out = told.starts_with(b"total");
        return Some(Operation { statement, times: 1, average: millis, least: millis, most: millis, timed_out });
    }
    let slow = told.strip_prefix(b"was slow ");
    let counted = slow.or_else(|| told.strip_prefix(b"timed out "))?;
    let times = number(counted).filter(|times| (1..=MOST).contains(times))?;
    let at = memchr::memmem::find(counted, b"avg/min/max ")?;
    let mut figures = counted[at + 12..].split(|byte| *byte == b'/').map(number);
    let (average, least, most) = (figures.next()??, figures.next()??, figures.next()??);
    Some(Operation { statement, times, average, least, most, timed_out: slow.is_none() })
}

impl Operation<'_> {
    /// How long each took, in nanoseconds: the least, the most, and in between what makes up the mean.
    pub(super) fn durations(&self) -> impl Iterator<Item = u64> {
        let Operation { times, average, least, most, .. } = *self;
        let nanos = |millis: u64| millis.saturating_mul(1_000_000);
        let total = nanos(average).saturating_mul(times);
        let between = total.saturating_sub(nanos(least)).saturating_sub(nanos(most));
        let share = if times > 2 { between / (times - 2) } else { 0 };
        (0..times).map(move |number| match number {
            _ if times == 1 => nanos(average),
            0 => nanos(least),
            number if number == times - 1 => nanos(most),
            // What division leaves over goes to the first of them, so that the sum is right.
            1 => between - share.saturating_mul(times - 3),
            _ => share,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_every_kind() {
        let read = |line: &'static str| {
            let operation = operation(line.as_bytes())?;
            let sum: u64 = operation.durations().sum();
            let text = String::from_utf8_lossy(operation.statement).into_owned();
            Some((text, operation.times, sum / 1_000_000, operation.timed_out))
        };
        for (line, expected) in [
            (
                "<SELECT a FROM k.t WHERE a > 5 LIMIT 1>, time 319 msec - slow timeout 2 msec",
                ("SELECT a FROM k.t WHERE a > 5 LIMIT 1", 1, 319, false),
            ),
            (
                "<SELECT a FROM k.t>, was slow 20 times: avg/min/max 209/94/297 msec - slow timeout 2 msec/cross-node",
                ("SELECT a FROM k.t", 20, 4180, false),
            ),
            ("<SELECT a FROM k.t>, total time 5011 msec, timeout 5000 msec", ("SELECT a FROM k.t", 1, 5011, true)),
            (
                "<SELECT a FROM k.t> timed out 3 times, avg/min/max 5010/5001/5020 msec, timeout 5000 msec",
                ("SELECT a FROM k.t", 3, 15030, true),
            ),
        ] {
            let (text, times, sum, timed_out) = expected;
            assert_eq!(read(line), Some((text.to_owned(), times, sum, timed_out)), "{line}");
        }
        for strange in [
            "<SELECT",
            "<a>, was slow 999999999999 times: avg/min/max 1/1/1 msec",
            "... (13 were dropped)",
            "<a>, time x",
        ] {
            assert_eq!(read(strange), None, "{strange}");
        }
    }
}
