use super::*;
use dbwright_model::plan::Plan;

fn read(text: &str) -> Vec<(Range<usize>, Plan)> {
    let plan = |piece: Piece| match piece.artefact {
        Ok(Artefact::Plan(plan)) => (piece.lines, Plan { found_at: None, ..*plan }),
        other => panic!("{other:?}"),
    };
    find(&Input::new("-", text)).into_iter().map(plan).collect()
}

fn one(text: &str) -> Plan {
    let mut all = read(text);
    assert_eq!(all.len(), 1, "{text}\n{all:?}");
    all.remove(0).1
}

const PLAN: &str = "\
Sort  (cost=25.10..25.11 rows=1 width=8) (actual time=0.110..0.120 rows=1 loops=1)
  Sort Key: t.a DESC, (f(t.b, 2))
  Sort Method: quicksort  Memory: 25kB
  Buffers: shared hit=3 read=1
  InitPlan 1 (returns $0)
    ->  Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.001..0.001 rows=1 loops=1)
  ->  Nested Loop Left Join  (cost=0.00..25.09 rows=1 width=8) (actual time=0.020..0.100 rows=1 loops=1)
        Join Filter: (t.a = (u.b)::numeric)
        Rows Removed by Join Filter: 99
        Buffers: shared hit=3 read=1
        ->  Seq Scan on public.t  (cost=0.00..12.00 rows=1 width=4) (actual time=0.010..0.050 rows=100 loops=1)
              Filter: ((body ~ 'a (b'::text) AND (c = $0))
              Rows Removed by Filter: 7
              Buffers: shared hit=1 read=1
        ->  Index Scan Backward using i on u  (cost=0.00..13.00 rows=1 width=4) (never executed)
              Index Cond: (x = 1)
Planning:
  Buffers: shared hit=12
Planning Time: 0.250 ms
Trigger RI_1 for constraint fk on child: time=1.500 calls=3
JIT:
  Functions: 3
  Options: Inlining false, Optimization false, Expressions true, Deforming true
  Timing: Generation 0.500 ms, Inlining 0.000 ms, Optimization 0.250 ms, Emission 1.000 ms, Total 1.750 ms
Execution Time: 3.500 ms
";

#[test]
fn a_whole_plan() {
    let plan = one(PLAN);
    let names: Vec<&str> = plan.nodes.iter().map(|node| &*node.name).collect();
    assert_eq!(names, ["Sort", "Result", "Nested Loop", "Seq Scan", "Index Scan"]);
    let parents: Vec<Option<u32>> = plan.nodes.iter().map(|node| node.parent.map(|parent| parent.0)).collect();
    assert_eq!(parents, [None, Some(0), Some(0), Some(2), Some(2)]);
    assert_eq!(plan.nodes[0].sort_keys.len(), 2);
    assert_eq!(plan.nodes[1].label.as_deref(), Some("InitPlan 1 (returns $0)"));
    assert_eq!(plan.nodes[2].conditions[0].removed, Some(99.0));
    assert!(plan.nodes[4].never_executed());
    assert_eq!(plan.execution.map(|time| time.0), Some(0.0035));
    assert_eq!(plan.planning.map(|time| time.0), Some(0.00025));
    assert_eq!(plan.triggers.len(), 1);
    assert_eq!(plan.jit.as_ref().map(|jit| jit.functions), Some(3.0));
    assert!(plan.extra.get("Planning").is_some());
    assert!(plan.missing.is_empty(), "{:?}", plan.missing);
}

/// The plan as `frame` shows it.
fn same(what: &str, text: &str) {
    equal(what, &one(text), &one(PLAN), text);
}

/// Tells the first line that differs.
fn equal(what: &str, read: &Plan, expected: &Plan, text: &str) {
    if read != expected {
        let lines = |plan: &Plan| serde_json::to_string_pretty(plan).unwrap();
        let (read, expected) = (lines(read), lines(expected));
        let other = read.lines().zip(expected.lines()).enumerate().find(|(_, (a, b))| a != b);
        panic!("{what}: {other:?}\n{text}");
    }
}

#[test]
fn frames_do_not_matter() {
    let each = |frame: &dyn Fn(&str) -> String| PLAN.lines().map(frame).collect::<Vec<_>>().join("\n");
    let psql = format!("   PIANO   \n-----------\n{}\n(25 righe)\n\nTempo: 3 ms\n", each(&|line| format!(" {line}")));
    same("psql", &psql);
    same("windows", &PLAN.replace('\n', "\r\n"));
    same("border", &each(&|line| format!("| {line:<130} |")));
    same("continued", &each(&|line| format!(" {line:<130}+")));
    same("pgadmin", &each(&|line| format!("\"{}\"", line.replace('"', "\"\""))));
    same("mail", &each(&|line| format!("> > {}", line.replace('>', "&gt;"))));
    same("dbeaver", &format!("QUERY PLAN   |\n-------+\n{}", each(&|line| format!("{line:<130}|"))));
    same("nbsp", &PLAN.replace("  ", "\u{a0}\u{a0}"));
    same("double spaced", &PLAN.replace('\n', "\n\n"));
    same("prose", &format!("Hello, see this plan:\n\n{PLAN}\nIt is slow. Why: nobody knows.\nThanks"));
    same("indented", &each(&|line| format!("    {line}")));
    same("first line shifted", &format!(" {PLAN}"));
}

#[test]
fn broken_lines_are_joined() {
    for width in [60, 72, 80, 99, 100, 120] {
        let mut text = String::new();
        for line in PLAN.lines() {
            let chars: Vec<char> = line.chars().collect();
            for part in chars.chunks(width) {
                text.push_str(part.iter().collect::<String>().trim_end());
                text.push('\n');
            }
        }
        same(&format!("terminal {width}"), &text);
    }
}

#[test]
fn logs() {
    let expected = Plan { query: Some("select 1\nfrom t".into()), ..one(PLAN) };
    let body = |prefix: &str| PLAN.lines().map(|line| format!("\n{prefix}{line}")).collect::<String>();
    let announced = "duration: 12.345 ms  plan:";
    let plain = format!(
        "2026-01-01 10:00:00.000 UTC [12] a@b LOG:  {announced}\n\tQuery Text: select 1\n\tfrom t{}\n2026-01-01 10:00:01 UTC [12] LOG:  x\n",
        body("\t")
    );
    let csv = format!(
        "2026-01-01 10:00:00.000 UTC,\"a\",\"b\",12,\"[local]\",5,1,\"SELECT\",,0,LOG,00000,\"{announced}\nQuery Text: select 1\nfrom t{}\",,,,,,,,,\"psql\"\n",
        body("").replace('"', "\"\"")
    );
    let json = serde_json::to_string(&format!("{announced}\nQuery Text: select 1\nfrom t{}", body(""))).unwrap();
    let json = format!("{{\"timestamp\":\"x\",\"message\":{json},\"b\":1}}\n");
    let syslog = "Jan  1 10:00:00 h postgres[1]: [5-";
    let mut system =
        format!("{syslog}1] LOG:  {announced}\n{syslog}2] #011Query Text: select 1\n{syslog}3] #011from t\n");
    for (nth, line) in PLAN.lines().enumerate() {
        system.push_str(&format!("{syslog}{}] #011{line}\n", nth + 4));
    }
    for (what, text) in [("plain", plain), ("csv", csv), ("json", json), ("syslog", system)] {
        let read = one(&text);
        let query = read.query.as_ref().map(|query| query.as_str().split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(query.as_deref(), Some("select 1 from t"), "{what}");
        equal(what, &Plan { query: expected.query.clone(), ..read }, &expected, &text);
    }
}

#[test]
fn the_query_above_comes_along() {
    let text = format!(
        "shop=# explain (analyze, buffers)\nshop-# select 1\nshop-# from t;\n QUERY PLAN \n-----\n{PLAN}(25 rows)\n\nshop=# \n"
    );
    let (lines, plan) = read(&text).remove(0);
    assert_eq!(plan.query.as_ref().map(|query| query.as_str()), Some("select 1\nfrom t"));
    assert_eq!(lines, 0..31);
}

#[test]
fn a_cut_plan_invents_nothing() {
    let whole = one(PLAN);
    for at in 1..PLAN.len() {
        for (_, plan) in read(&PLAN[..at]) {
            for (node, full) in plan.nodes.iter().zip(&whole.nodes) {
                if let Some(estimate) = node.estimate {
                    let full = full.estimate.unwrap();
                    for (some, all) in [
                        (estimate.startup_cost, full.startup_cost),
                        (estimate.total_cost, full.total_cost),
                        (estimate.rows, full.rows),
                        (estimate.width, full.width),
                    ] {
                        assert!(some.is_none() || some == all, "{}", &PLAN[..at]);
                    }
                }
                for (some, all) in node.conditions.iter().zip(&full.conditions) {
                    assert!(some.removed.unwrap_or(0.0) == 0.0 || some.removed == all.removed, "{}", &PLAN[..at]);
                }
            }
            assert!(plan.execution.is_none() || plan.execution == whole.execution, "{}", &PLAN[..at]);
        }
    }
    let lines: Vec<&str> = PLAN.lines().collect();
    for cut in 1..lines.len() {
        let text = lines[cut..].join("\n");
        for (_, plan) in read(&text) {
            assert!(plan.nodes.len() <= whole.nodes.len());
        }
    }
}

#[test]
fn several_plans_in_one_text() {
    let text = format!("{PLAN}\n{PLAN}\nnow without:\n{PLAN}");
    assert_eq!(read(&text).len(), 3);
    let rules = " QUERY PLAN \n-----\n Insert on t\n   ->  Result\n \n Update on u\n   ->  Seq Scan on u\n(5 rows)\n";
    let nodes: Vec<usize> = read(rules).iter().map(|(_, plan)| plan.nodes.len()).collect();
    assert_eq!(nodes, [2, 2]);
}

#[test]
fn prose_is_no_plan() {
    for text in
        ["We saw a Seq Scan on orders yesterday.", "Limit: 3 -> 4\nResult: fine", "a -> b\nc -> d", "Update on Monday"]
    {
        assert!(read(text).is_empty(), "{text}: {:?}", read(text));
    }
}

#[test]
fn lost_indentation_is_guessed() {
    let text = "Hash Join  (cost=1.00..2.00 rows=1 width=4)\nHash Cond: (a = b)\n-> Seq Scan on t  (cost=1.00..2.00 rows=1 width=4)\nFilter: (x = 1)\n\
        -> Hash  (cost=1.00..2.00 rows=1 width=4)\n-> Bitmap Heap Scan on u  (cost=1.00..2.00 rows=1 width=4)\n-> BitmapOr  (cost=1.00..2.00 rows=1 width=4)\n\
        -> Bitmap Index Scan on i  (cost=1.00..2.00 rows=1 width=4)\n-> Bitmap Index Scan on j  (cost=1.00..2.00 rows=1 width=4)\n";
    let plan = one(text);
    let parents: Vec<Option<u32>> = plan.nodes.iter().map(|node| node.parent.map(|parent| parent.0)).collect();
    assert_eq!(parents, [None, Some(0), Some(0), Some(2), Some(3), Some(4), Some(4)]);
    assert_eq!(plan.nodes[1].conditions.len(), 1);
    assert!(!plan.missing.is_empty());
}

#[test]
fn joined_lines_are_taken_apart() {
    let line = "Limit  (cost=1.00..2.00 rows=1 width=4)   ->  Sort  (cost=1.00..2.00 rows=1 width=4)         Sort Key: a         ->  Seq Scan on t  (cost=1.00..2.00 rows=1 width=4)";
    let plan = one(line);
    let parents: Vec<Option<u32>> = plan.nodes.iter().map(|node| node.parent.map(|parent| parent.0)).collect();
    assert_eq!(parents, [None, Some(0), Some(1)]);
    assert_eq!(plan.nodes[1].sort_keys.len(), 1);
}

#[test]
fn shards_have_plans_of_their_own() {
    let text = "Custom Scan (Citus Adaptive) (actual rows=1 loops=1)\n  Task Count: 4\n  Tasks Shown: One of 4\n  ->  Task\n        Node: host=localhost port=5432 dbname=x\n\
        \x20       ->  Aggregate (actual rows=1 loops=1)\n              ->  Seq Scan on t_1 (actual rows=1 loops=1)\n            Planning Time: 0.100 ms\n            Execution Time: 0.200 ms\n\
        Planning Time: 1.100 ms\nExecution Time: 1.200 ms\n";
    let plan = one(text);
    assert_eq!(plan.nodes.len(), 4);
    assert_eq!(plan.execution.map(|time| time.0), Some(0.0012));
    assert_eq!(plan.nodes[1].extra.number("Execution Time"), Some(0.2));
    assert_eq!(plan.nodes[1].extra.text("Node"), Some("host=localhost port=5432 dbname=x"));
}

#[test]
fn every_part_of_a_distributed_query_keeps_what_it_says_of_itself() {
    let text = "Custom Scan (Citus Adaptive) (actual rows=1 loops=1)\n  ->  Distributed Subplan 7_1\n        Subplan Duration: 9.00 ms\n\
        \x20       ->  Custom Scan (Citus Adaptive) (actual rows=1 loops=1)\n              Task Count: 2\n              ->  Task\n                    Node: host=a port=5432 dbname=x\n\
        \x20                   ->  Seq Scan on t_1 t (actual rows=1 loops=1)\n                        Planning Time: 0.100 ms\n                        JIT:\n                          Functions: 6\n\
        \x20                       Serialization: time=0.001ms output=1kB format=text\n                        Execution Time: 0.200 ms\n\
        \x20       Planning Time: 0.300 ms\n        Execution Time: 0.400 ms\n  Task Count: 1\n  Tasks Shown: All\n\
        Planning:\n  Memory: used=359kB  allocated=512kB\nPlanning Time: 1.100 ms\nExecution Time: 1.200 ms\n";
    let plan = one(text);
    assert_eq!(plan.nodes.len(), 5);
    let says = |node: usize, name: &str| plan.nodes[node].extra.number(name);
    assert_eq!((says(1, "Planning Time"), says(1, "Execution Time")), (Some(0.3), Some(0.4)));
    assert_eq!((says(3, "Planning Time"), says(3, "Execution Time")), (Some(0.1), Some(0.2)));
    assert!(plan.nodes[3].extra.get("JIT").is_some() && plan.nodes[3].extra.get("Serialization").is_some());
    assert!(plan.jit.is_none() && plan.serialization.is_none(), "those are a shard's");
    assert_eq!(plan.nodes[0].extra.number("Task Count"), Some(1.0));
    assert_eq!(plan.execution.map(|time| time.0), Some(0.0012));
}

#[test]
fn an_extension_may_stand_at_the_top_without_figures() {
    for (top, own) in [
        ("Custom Scan (Citus INSERT ... SELECT)", "INSERT/SELECT method: pull to coordinator"),
        ("Custom Scan (Citus MERGE INTO ...)", "MERGE INTO target method: repartition"),
        ("Custom Scan (ModifyHypertable)", "Batches decompressed: 2"),
    ] {
        let plan = one(&format!("{top}\n  {own}\n  ->  Subquery Scan on q\n        ->  Seq Scan on t\n"));
        assert_eq!(plan.nodes.len(), 3, "{top}");
        assert!(plan.missing.is_empty() && plan.nodes[0].extra.0.len() >= 2, "{:?}", plan.nodes[0]);
    }
}
