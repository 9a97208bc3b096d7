use dbwright_model::activity::{SessionKind, State};
use dbwright_model::finding::FixKind;
use dbwright_model::{
    Activity, Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};

static IDLE: Limit<Count> =
    Limit {
        what: "idle connections", value: Count(50), source: "own choice: about 100–500 MB of PostgreSQL backends"
    };
static SHARE: Limit<Share> = Limit {
    what: "share of connections that are idle",
    value: Share(0.5),
    source: "own choice: pools are twice as big as their use",
};

pub(super) const RULE: Rule = Rule {
    id: "connections-mostly-idle",
    title: "Most connections do nothing",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Connections,
    harm: Harm::Waste,
    limits: &[&IDLE, &SHARE],
    explains: &[],
    wrong_when: "it is a quiet hour: look again when the load is highest",
    do_not: "set a short idle timeout on the server while pools believe their connections are alive: they then hand out dead ones",
    lesson: include_str!("connections_mostly_idle.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let activity = case.get::<Activity>()?;
    Activity::all_seen(case)?;
    let clients = activity.sessions.iter().filter(|session| session.kind == SessionKind::Client).count() as u64;
    let idle =
        activity.sessions.iter().filter(|s| s.kind == SessionKind::Client && s.state == State::Idle).count() as u64;
    let share = Share::of(idle as f64, clients as f64).unwrap_or_default();
    if idle <= IDLE.value.0 || share.0 <= SHARE.value.0 {
        return Ok(vec![]);
    }
    let cause = format!(
        "{idle} of {clients} connections are idle ({share}): they take memory, and each is a place at the limit that nobody uses"
    );
    Ok(vec![
        Finding::new(Severity::Info, Subject::server(), cause)
            .measured("idle connections", Count(idle), "sessions: state")
            .measured("client connections", Count(clients), "sessions: count")
            .fix(Fix::of(
                FixKind::Code,
                "make the pools smaller: about as many connections as were ever active at once, with a maximum lifetime below the server's idle timeout",
                Undo::NotNeeded("a pool's size can be changed at any time".into()),
            ))
            .weight(idle as f64),
    ])
}

#[cfg(test)]
mod tests {
    use dbwright_model::activity::Session;

    use super::*;
    use crate::example::{mysql, postgres};

    fn with(idle: usize, active: usize) -> Activity {
        let session = |state| Session { state, ..Session::default() };
        let mut sessions = vec![session(State::Idle); idle];
        sessions.extend(vec![session(State::Active); active]);
        Activity { sessions, ..Activity::default() }
    }

    #[test]
    fn fires_when_many_and_most_are_idle() {
        assert_eq!(check(&postgres(&with(60, 20))).unwrap()[0].weight, 60.0);
    }

    #[test]
    fn fires_when_all_are_idle() {
        assert_eq!(check(&mysql(&with(200, 0))).unwrap().len(), 1);
    }

    #[test]
    fn silent_when_few() {
        assert!(check(&postgres(&with(50, 0))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_half_work() {
        assert!(check(&postgres(&with(100, 100))).unwrap().is_empty());
    }
}
