use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Subject, Undo};

use dbwright_model::finding::FixKind;

use super::fixes::code;
use crate::sections::clients::Clients;
static OUTPUT: Limit<Bytes> = Limit {
    what: "output buffer of a client",
    value: Bytes::mib(10),
    source: "judgement: a third of what a subscriber may have before it is cut off",
};

pub(super) const RULE: Rule = Rule {
    id: "client-output-buffer-large",
    title: "A client does not read its replies",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Connections,
    harm: Harm::Outage,
    limits: &[&OUTPUT],
    explains: &[],
    wrong_when: "a large reply is being sent at this very moment",
    do_not: "raise the limit for the buffers: the memory is then taken from the data",
    lesson: include_str!("client_output_buffer_large.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let clients = case.get::<Clients>()?;
    let findings =
        clients.largest.iter().filter(|client| client.output >= OUTPUT.value && client.kind != "replica").map(
            |client| {
                let what = match client.kind.as_str() {
                    "pubsub" => "a subscriber",
                    "monitor" => "a MONITOR",
                    _ => "a client",
                };
                let cause = format!(
                    "{} of replies wait for {what} at {} that does not read them (last command {})",
                    client.output, client.address, client.command
                );
                let kill = Fix::of(
                    FixKind::Command,
                    format!("CLIENT KILL ID {}", client.id),
                    Undo::NotNeeded("the client connects again".into()),
                )
                .cost("the client loses what it has not read");
                Finding::new(Severity::Warn, Subject::session(&client.id), cause)
                .measured("output buffer", client.output, "CLIENT LIST.omem")
                .measured("idle", client.idle, "CLIENT LIST.idle")
                .weight(client.output.0 as f64)
                .fix(kill)
                .fix(code(
                    "read replies in smaller pages, and let subscribers hand messages to a queue of their own at once",
                ))
            },
        );
    Ok(findings.collect())
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;
    use crate::sections::clients::Client;

    fn look(kind: &str, output: u64) -> usize {
        let client = Client { id: "7".into(), kind: kind.into(), output: Bytes(output), ..Client::default() };
        found(check, &redis("").with(&Clients { largest: vec![client], ..Clients::default() })).len()
    }

    #[test]
    fn fires_on_a_slow_reader() {
        assert_eq!(look("normal", 10 << 20), 1);
    }

    #[test]
    fn fires_on_a_slow_subscriber() {
        assert_eq!(look("pubsub", 20 << 20), 1);
    }

    #[test]
    fn silent_below_the_limit() {
        assert_eq!(look("normal", (10 << 20) - 1), 0);
    }

    #[test]
    fn silent_on_a_replica_that_gets_its_copy() {
        assert_eq!(look("replica", 100 << 20), 0);
    }
}
