//! What Citus adds to a plan: the plans of its shards, as operators below its own.
//!
//! The text format prints `->  Task` and `->  Distributed Subplan`; the other formats nest whole plans in lists of groups.

use dbwright_model::plan::{Fields, Value};

/// Takes a `Distributed Query` apart: what it says about itself becomes fields, what it runs becomes inputs.
pub(super) fn distributed(query: Value, fields: &mut Vec<(Box<str>, Value)>, inputs: &mut Vec<Value>) {
    let Value::Group(query) = query else {
        fields.push(("Distributed Query".into(), query));
        return;
    };
    for (name, value) in query.0 {
        match (&*name, value) {
            ("Subplans", Value::List(subplans)) => {
                inputs.extend(groups(subplans).map(|subplan| operator("Distributed Subplan", subplan)));
            }
            ("Job", Value::Group(job)) => jobs(job, fields, inputs),
            (_, value) => fields.push((name, value)),
        }
    }
}

/// A job: its tasks, and the jobs whose results it needs.
fn jobs(job: Fields, fields: &mut Vec<(Box<str>, Value)>, inputs: &mut Vec<Value>) {
    for (name, value) in job.0 {
        match (&*name, value) {
            ("Tasks", Value::List(tasks)) => inputs.extend(groups(tasks).map(|task| operator("Task", task))),
            ("Depended Jobs" | "Dependent Jobs", Value::List(needed)) => {
                inputs.extend(groups(needed).map(|job| operator("MapMergeJob", job)));
            }
            (_, value) => fields.push((name, value)),
        }
    }
}

/// An operator of the text format: its fields, and below it the plans that stand in its lists.
fn operator(kind: &str, group: Fields) -> Value {
    let mut fields = Fields::default();
    fields.set("Node Type", kind);
    let mut below = Vec::new();
    for (name, value) in group.0 {
        match &*name {
            "Remote Plan" | "PlannedStmt" => plans(value, &mut fields, &mut below),
            // a chain of jobs is as long as a query has joins
            "Depended Jobs" | "Dependent Jobs" => match value {
                Value::List(needed) => below.extend(groups(needed).map(|job| operator("MapMergeJob", job))),
                other => fields.0.push((name, other)),
            },
            _ => fields.0.push((name, value)),
        }
    }
    if !below.is_empty() {
        fields.set("Plans", below);
    }
    Value::Group(fields)
}

/// The plans in nested lists; what stands beside them (times, triggers) is said of the operator they hang on.
fn plans(value: Value, fields: &mut Fields, below: &mut Vec<Value>) {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::List(items) => rest.extend(items.into_iter().rev()),
            Value::Group(group) => {
                for (name, value) in group.0 {
                    match &*name {
                        "Plan" => below.push(value),
                        "Query" | "explain" if matches!(value, Value::Group(_)) => rest.push(value),
                        "Triggers" if value.items().is_empty() => {}
                        _ => fields.0.push((name, value)),
                    }
                }
            }
            _ => {}
        }
    }
}

fn groups(items: Vec<Value>) -> impl Iterator<Item = Fields> {
    items.into_iter().filter_map(|item| match item {
        Value::Group(fields) => Some(fields),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use dbwright_model::artefact::{Artefact, Input};
    use dbwright_model::plan::{Link, Operator, Plan};

    fn read(text: &str) -> Plan {
        let recognisers: Vec<_> = super::super::RECOGNISERS.iter().collect();
        let mut found = dbwright_reading::read(&[Input::new("-", text)], &recognisers).found;
        match (found.len(), found.pop().map(|found| found.artefact)) {
            (1, Some(Artefact::Plan(plan))) => Plan { format: String::new(), found_at: None, since: None, ..*plan },
            (count, _) => panic!("{count} plans"),
        }
    }

    const TEXT: &str = "\
Aggregate
  ->  Custom Scan (Citus Adaptive)
        ->  Distributed Subplan 1_1
              ->  Result
        Task Count: 2
        Tasks Shown: One of 2
        ->  Task
              Node: host=localhost port=5432 dbname=x
              ->  Seq Scan on t_1 t
                    Filter: (a > 1)
";

    const JSON: &str = r#"[{"Plan": {"Node Type": "Aggregate", "Strategy": "Plain", "Partial Mode": "Simple", "Plans": [
        {"Node Type": "Custom Scan", "Parent Relationship": "Outer", "Custom Plan Provider": "Citus Adaptive",
         "Parallel Aware": false, "Distributed Query": {
            "Subplans": [{"PlannedStmt": [{"Plan": {"Node Type": "Result"}, "Triggers": []}]}],
            "Job": {"Task Count": 2, "Tasks Shown": "One of 2", "Tasks": [
              {"Node": "host=localhost port=5432 dbname=x", "Remote Plan": [[
                 {"Plan": {"Node Type": "Seq Scan", "Relation Name": "t_1", "Alias": "t", "Filter": "(a > 1)"},
                  "Triggers": []}]]}]}}}]}}]"#;

    const XML: &str = "\
<explain xmlns=\"http://www.postgresql.org/2009/explain\"><Query><Plan><Node-Type>Aggregate</Node-Type>
<Strategy>Plain</Strategy><Plans><Plan><Node-Type>Custom Scan</Node-Type><Custom-Plan-Provider>Citus Adaptive
</Custom-Plan-Provider><Distributed-Query><Subplans><Subplan><PlannedStmt>
<Query><Plan><Node-Type>Result</Node-Type></Plan></Query></PlannedStmt></Subplan></Subplans>
<Job><Task-Count>2</Task-Count><Tasks-Shown>One of 2</Tasks-Shown><Tasks><Task>
<Node>host=localhost port=5432 dbname=x</Node><Remote-Plan>
<explain xmlns=\"http://www.postgresql.org/2009/explain\"><Query><Plan><Node-Type>Seq Scan</Node-Type>
<Relation-Name>t_1</Relation-Name><Alias>t</Alias><Filter>(a &gt; 1)</Filter></Plan></Query></explain>
</Remote-Plan></Task></Tasks></Job></Distributed-Query></Plan></Plans></Plan></Query></explain>
";

    #[test]
    fn the_plans_of_shards_hang_below_the_operator_that_collects_them() {
        let mut json = read(JSON);
        let names: Vec<&str> = json.nodes.iter().map(|node| &*node.name).collect();
        assert_eq!(names, ["Aggregate", "Custom Scan", "Distributed Subplan", "Result", "Task", "Seq Scan"]);
        assert_eq!(json.nodes[1].operator, Operator::ShardMerge);
        assert_eq!((json.nodes[2].link, json.nodes[4].link), (Link::InitPlan, Link::Member));
        assert_eq!(json.nodes[1].extra.number("Task Count"), Some(2.0));
        assert_eq!(read(&XML.replace("Adaptive\n", "Adaptive")), json);
        // the text format has the sub-plan's number
        json.nodes[2].label = Some("1_1".into());
        let text = read(TEXT);
        assert_eq!(text, json);
        assert_eq!(super::super::as_text(&text, 16), TEXT);
    }
}
