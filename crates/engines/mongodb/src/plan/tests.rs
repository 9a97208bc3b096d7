use dbwright_model::plan::{ConditionKind, NodeId, Operator};
use proptest::prelude::*;

use super::*;

/// The plans in a text.
fn plans(text: &str) -> Vec<Plan> {
    let pieces = find(&Input::new("t", text));
    pieces
        .into_iter()
        .filter_map(|piece| match piece.artefact {
            Ok(Artefact::Plan(plan)) => Some(*plan),
            _ => None,
        })
        .collect()
}

fn plan(text: &str) -> Plan {
    let mut found = plans(text);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// The tree by names, two blanks a level.
fn tree(plan: &Plan) -> String {
    plan.walk().map(|(id, node)| format!("{}{}\n", "  ".repeat(plan.depth(id)), node.name)).collect()
}

/// A find with an index, as MongoDB 7's classic engine explains it.
const FIND: &str = r#"{
  explainVersion: '1',
  queryPlanner: {
    namespace: 'shop.orders',
    indexFilterSet: false,
    parsedQuery: { '$and': [ { status: { '$eq': 'open' } }, { total: { '$gt': 100 } } ] },
    queryHash: '6B1C1E2A', planCacheKey: '0A7F3C55',
    maxIndexedOrSolutionsReached: false,
    winningPlan: {
      stage: 'FETCH', filter: { total: { '$gt': 100 } },
      inputStage: { stage: 'IXSCAN', keyPattern: { status: 1 }, indexName: 'status_1', isMultiKey: false,
        multiKeyPaths: { status: [] }, direction: 'forward', indexBounds: { status: [ '["open", "open"]' ] } }
    },
    rejectedPlans: [
      { stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName: 'total_1' } }
    ]
  },
  executionStats: {
    executionSuccess: true, nReturned: 120, executionTimeMillis: 31, totalKeysExamined: 9000, totalDocsExamined: 9000,
    executionStages: {
      stage: 'FETCH', filter: { total: { '$gt': 100 } }, nReturned: 120, executionTimeMillisEstimate: 29, works: 9001,
      advanced: 120, needTime: 8880, needYield: 0, saveState: 9, restoreState: 9, isEOF: 1, docsExamined: 9000,
      alreadyHasObj: 0,
      inputStage: {
        stage: 'IXSCAN', nReturned: 9000, executionTimeMillisEstimate: 6, works: 9001, advanced: 9000, needTime: 0,
        isEOF: 1, keyPattern: { status: 1 }, indexName: 'status_1', isMultiKey: false, multiKeyPaths: { status: [] },
        direction: 'forward', indexBounds: { status: [ '["open", "open"]' ] }, keysExamined: 9000, seeks: 1,
        dupsTested: 0, dupsDropped: 0
      }
    }
  },
  command: { find: 'orders', filter: { status: 'open', total: { '$gt': 100 } }, sort: { at: -1 }, '$db': 'shop' },
  serverInfo: { host: 'db1', port: 27017, version: '7.0.14', gitVersion: 'ce5e' },
  ok: 1
}"#;

#[test]
fn a_find_is_read_with_all_it_says() {
    let plan = plan(FIND);
    assert_eq!(tree(&plan), "FETCH\n  IXSCAN\n");
    let (fetch, scan) = (plan.root(), &plan[NodeId(1)]);
    assert_eq!((fetch.operator, scan.operator), (Operator::Fetch, Operator::IndexScan));
    assert_eq!(fetch.conditions[0].removed, Some(8880.0));
    assert_eq!(scan.index.as_ref().map(|name| name.as_str()), Some("status_1"));
    assert_eq!(scan.conditions(ConditionKind::Index).next().unwrap().text, "status: ['open', 'open']");
    assert_eq!(scan.relation.as_ref().unwrap().to_string(), "shop.orders");
    let actual = scan.actual.unwrap();
    assert_eq!((actual.rows, actual.keys, actual.total.unwrap().0), (Some(9000.0), Some(9000.0), 0.006));
    assert_eq!(plan.execution.unwrap().0, 0.031);
    assert_eq!(plan.since.unwrap().to_string(), "7.0.14");
    let query = plan.query.as_ref().unwrap().as_str();
    assert_eq!(query, "db.orders.find({ status: 'open', total: { $gt: 100 } }).sort({ at: -1 })");
    let rejected = &plan.extra.get("rejectedPlans").unwrap().items()[0];
    assert_eq!(rejected.group().unwrap().text("stages"), Some("FETCH < IXSCAN total_1"));
    assert_eq!(plan.extra.number("totalDocsExamined"), Some(9000.0));
    assert_eq!(plan.missing, Vec::<String>::new());
}

#[test]
fn json_and_shell_notation_make_the_same_plan() {
    let shell = plan(FIND);
    let value = shell::read(FIND).unwrap().value;
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(plan(&json), shell);
    let beheaded = FIND.trim_start_matches('{').trim_start();
    assert_eq!(plan(beheaded).nodes, shell.nodes);
    let framed = format!(
        "rs0 [direct: primary] shop> db.orders.explain('executionStats').find()\n{FIND}\nrs0 [direct: primary] shop> "
    );
    let pieces = find(&Input::new("t", &framed));
    assert_eq!(pieces.len(), 1);
    assert_eq!(pieces[0].lines.start, 0, "the prompt belongs to it");
}

#[test]
fn the_slot_based_engine_counts_by_plan_node() {
    let plan = plan(
        r#"{ "explainVersion": "2", "queryPlanner": { "namespace": "shop.orders", "winningPlan": {
          "isCached": false,
          "queryPlan": { "stage": "GROUP", "planNodeId": 3, "inputStage": { "stage": "FETCH", "planNodeId": 2,
            "filter": { "b": { "$eq": 3 } },
            "inputStage": { "stage": "IXSCAN", "planNodeId": 1, "keyPattern": { "a": 1 }, "indexName": "a_1",
              "indexBounds": { "a": ["[5.0, 5.0]"] } } } },
          "slotBasedPlan": { "slots": "$$RESULT=s11", "stages": "[3] project [s11]" } }, "rejectedPlans": [] },
        "executionStats": { "executionSuccess": true, "nReturned": 4, "executionTimeMillis": 12,
          "totalKeysExamined": 50, "totalDocsExamined": 50,
          "executionStages": { "stage": "project", "planNodeId": 3, "nReturned": 4, "executionTimeMillisEstimate": 11,
            "opens": 1, "closes": 1, "isEOF": 1,
            "inputStage": { "stage": "group", "planNodeId": 3, "nReturned": 4, "executionTimeMillisEstimate": 10, "opens": 1,
              "usedDisk": true, "spills": 2,
              "inputStage": { "stage": "filter", "planNodeId": 2, "nReturned": 20, "executionTimeMillisEstimate": 7, "opens": 1,
                "numTested": 50,
                "inputStage": { "stage": "nlj", "planNodeId": 2, "nReturned": 50, "executionTimeMillisEstimate": 6, "opens": 1,
                  "outerStage": { "stage": "ixseek", "planNodeId": 1, "nReturned": 50, "executionTimeMillisEstimate": 2,
                    "opens": 1, "seeks": 1, "numReads": 51, "keysExamined": 50 },
                  "innerStage": { "stage": "limit", "planNodeId": 2, "nReturned": 50, "opens": 50,
                    "inputStage": { "stage": "seek", "planNodeId": 2, "nReturned": 50, "opens": 50, "numReads": 50 } } } } } } },
        "ok": 1 }"#,
    );
    assert_eq!(tree(&plan), "GROUP\n  FETCH\n    IXSCAN\n");
    let figures = |id| {
        let actual = plan[NodeId(id)].actual.unwrap();
        (actual.rows, actual.total.map(|time| (time.0 * 1e3).round()), actual.keys, actual.examined)
    };
    assert_eq!(figures(0), (Some(4.0), Some(11.0), None, None));
    assert_eq!(figures(1), (Some(20.0), Some(7.0), None, Some(50.0)));
    assert_eq!(figures(2), (Some(50.0), Some(2.0), Some(50.0), None));
    assert_eq!(plan[NodeId(1)].conditions[0].removed, Some(30.0));
    assert_eq!(plan.root().work.as_ref().unwrap().batches, Some(3));
    assert!(plan.extra.text("slotBasedPlan").is_none() && plan.extra.get("slotBasedPlan").is_some());
}

#[test]
fn a_pipeline_hangs_its_last_stage_on_top() {
    let plan = plan(
        r#"{ explainVersion: '1', stages: [
          { '$cursor': { queryPlanner: { namespace: 'shop.orders', parsedQuery: {}, winningPlan: { stage: 'COLLSCAN', direction: 'forward' }, rejectedPlans: [] },
              executionStats: { executionSuccess: true, nReturned: 1000, executionTimeMillis: 900, totalKeysExamined: 0, totalDocsExamined: 1000,
                executionStages: { stage: 'COLLSCAN', nReturned: 1000, executionTimeMillisEstimate: 4, works: 1001, direction: 'forward', docsExamined: 1000 } } },
            nReturned: Long('1000'), executionTimeMillisEstimate: Long('7') },
          { '$lookup': { from: 'customers', as: 'c', localField: 'customer', foreignField: 'code' },
            totalDocsExamined: Long('500000'), totalKeysExamined: Long('0'), collectionScans: Long('1000'), indexesUsed: [],
            nReturned: Long('1000'), executionTimeMillisEstimate: Long('880') },
          { '$group': { _id: { city: '$c.city' }, n: { '$sum': { '$const': 1 } } }, maxAccumulatorMemoryUsageBytes: { n: Long('900') },
            totalOutputDataSizeBytes: Long('2300'), usedDisk: false, spills: Long('0'), nReturned: Long('10'), executionTimeMillisEstimate: Long('890') } ],
          command: { aggregate: 'orders', pipeline: [ { '$lookup': {} } ], cursor: {}, '$db': 'shop' }, ok: 1 }"#,
    );
    assert_eq!(tree(&plan), "$group\n  $lookup\n    $cursor\n      COLLSCAN\n");
    let lookup = &plan[NodeId(1)];
    assert_eq!(lookup.relation.as_ref().unwrap().to_string(), "shop.customers");
    assert_eq!(lookup.actual.unwrap().examined, Some(500_000.0));
    assert_eq!(lookup.conditions[0].text, "customer = customers.code");
    assert_eq!(plan.root().group_keys[0], "city: $c.city");
    assert_eq!(plan.execution.unwrap().0, 0.89);
    assert_eq!(plan.extra.text("namespace"), Some("shop.orders"));
}

#[test]
fn shards_hang_below_what_merges_them() {
    let shard = |name: &str, millis: u32| {
        format!(
            "{{ shardName: '{name}', executionSuccess: true, nReturned: 5, executionTimeMillis: {millis}, totalKeysExamined: 0, totalDocsExamined: 70,
               executionStages: {{ stage: 'SHARDING_FILTER', nReturned: 5, executionTimeMillisEstimate: {millis}, works: 72, chunkSkips: 2,
                 inputStage: {{ stage: 'COLLSCAN', nReturned: 7, executionTimeMillisEstimate: 1, works: 72, docsExamined: 70 }} }} }}"
        )
    };
    let planned = |name: &str| {
        format!("{{ shardName: '{name}', connectionString: 'x', namespace: 'shop.orders', indexFilterSet: false, parsedQuery: {{}},
                 winningPlan: {{ stage: 'SHARDING_FILTER', inputStage: {{ stage: 'COLLSCAN' }} }}, rejectedPlans: [] }}")
    };
    let plan = plan(&format!(
        "{{ queryPlanner: {{ mongosPlannerVersion: 1, winningPlan: {{ stage: 'SHARD_MERGE', shards: [ {}, {} ] }} }},
          executionStats: {{ nReturned: 10, executionTimeMillis: 44, totalKeysExamined: 0, totalDocsExamined: 140,
            executionStages: {{ stage: 'SHARD_MERGE', nReturned: 10, executionTimeMillis: 44, totalChildMillis: 52, shards: [ {}, {} ] }} }}, ok: 1 }}",
        planned("a"), planned("b"), shard("a", 42), shard("b", 10)
    ));
    assert_eq!(tree(&plan), "SHARD_MERGE\n  SHARDING_FILTER\n    COLLSCAN\n  SHARDING_FILTER\n    COLLSCAN\n");
    assert_eq!(plan[NodeId(3)].label.as_deref(), Some("b"));
    assert_eq!(plan[NodeId(1)].extra.get("shard").unwrap().group().unwrap().number("executionTimeMillis"), Some(42.0));
    assert_eq!(plan[NodeId(4)].relation.as_ref().unwrap().to_string(), "shop.orders");
}

#[test]
fn a_pipeline_over_shards_has_the_merger_on_top() {
    let plan = plan(
        r#"{ "mergeType": "mongos", "splitPipeline": { "shardsPart": [ { "$group": { "_id": "$a" } } ],
            "mergerPart": [ { "$mergeCursors": { "nss": "shop.orders" } }, { "$group": { "_id": "$$ROOT._id", "$doingMerge": true } } ] },
          "shards": { "s1": { "host": "h1:1", "stages": [ { "$cursor": { "queryPlanner": { "namespace": "shop.orders", "winningPlan": { "stage": "COLLSCAN" } } } }, { "$group": { "_id": "$a" } } ] },
                      "s2": { "host": "h2:1", "queryPlanner": { "namespace": "shop.orders", "winningPlan": { "stage": "COLLSCAN" } } } }, "ok": 1 }"#,
    );
    assert_eq!(
        tree(&plan),
        "$group\n  $mergeCursors\n    SHARD_MERGE\n      $group\n        $cursor\n          COLLSCAN\n      COLLSCAN\n"
    );
    assert_eq!(plan[NodeId(3)].label.as_deref(), Some("s1"));
    assert_eq!(plan[NodeId(6)].label.as_deref(), Some("s2"));
    assert!(plan.missing[0].contains("executionStats"));
}

#[test]
fn express_and_clustered_stages_are_lookups() {
    let express = plan(
        "{ queryPlanner: { namespace: 'a.b', winningPlan: { isCached: false, stage: 'EXPRESS_IXSCAN', keyPattern: '{ _id: 1 }', indexName: '_id_' } },
           executionStats: { nReturned: 1, executionTimeMillis: 0, totalKeysExamined: 1, totalDocsExamined: 1,
             executionStages: { isCached: false, stage: 'EXPRESS_IXSCAN', nReturned: 1, keyPattern: '{ _id: 1 }', indexName: '_id_', keysExamined: 1, docsExamined: 1 } } }",
    );
    assert_eq!(express.root().operator, Operator::IndexScan);
    assert_eq!(express.root().extra.get("keyPattern").unwrap().group().unwrap().number("_id"), Some(1.0));
    let clustered = |bounds: &str| {
        plan(&format!(
            "{{ queryPlanner: {{ namespace: 'a.b', winningPlan: {{ stage: 'CLUSTERED_IXSCAN', direction: 'forward'{bounds} }} }} }}"
        ))
    };
    assert_eq!(clustered(", minRecord: 5, maxRecord: 7").root().conditions[0].text, "_id: [5, 7]");
    assert_eq!(clustered("").root().operator, Operator::FullScan);
}

#[test]
fn the_log_and_the_profiler_become_plans() {
    let log = r#"{"t":{"$date":"2024-05-01T10:00:00.000+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn7","msg":"Slow query","attr":{"type":"command","ns":"shop.orders","command":{"find":"orders","filter":{"status":"open"},"$db":"shop"},"planSummary":"COLLSCAN","keysExamined":0,"docsExamined":120000,"hasSortStage":true,"nreturned":3,"queryHash":"AA","locks":{"Global":{"acquireCount":{"r":120}}},"protocol":"op_msg","durationMillis":310}}"#;
    let found = plans(&format!("{log}\n{{\"t\":1,\"msg\":\"Connection accepted\"}}\n{log}\n"));
    assert_eq!(found.len(), 2);
    let node = found[0].root();
    assert_eq!((&*node.name, node.operator), ("COLLSCAN", Operator::FullScan));
    assert_eq!(node.actual.unwrap().examined, Some(120_000.0));
    assert_eq!(found[0].execution.unwrap().0, 0.31);
    let profile = plan(
        "[ { op: 'query', ns: 'shop.orders', command: { find: 'orders', filter: { a: 1 } }, keysExamined: 1, docsExamined: 1, nreturned: 1, millis: 0,
            planSummary: 'IXSCAN { a: 1 }', execStats: { stage: 'FETCH', nReturned: 1, works: 2, docsExamined: 1, inputStage: { stage: 'IXSCAN', nReturned: 1, works: 2, indexName: 'a_1', indexBounds: { a: [ '[1.0, 1.0]' ] }, keysExamined: 1 } },
            ts: ISODate('2024-05-01T10:00:00.000Z') } ]",
    );
    assert_eq!(tree(&profile), "FETCH\n  IXSCAN\n");
    assert_eq!(profile[NodeId(1)].relation.as_ref().unwrap().to_string(), "shop.orders");
}

#[test]
fn lines_of_old_servers_become_plans() {
    let line = r#"2019-05-01T10:00:00.000+0000 I COMMAND  [conn12] command shop.orders command: find { find: "orders", filter: { status: "open" }, $db: "shop" } planSummary: IXSCAN { status: 1 } keysExamined:9000 docsExamined:9000 cursorExhausted:1 numYields:70 nreturned:3 reslen:500 locks:{ Global: { acquireCount: { r: 142 } } } protocol:op_msg 310ms"#;
    let plan = plan(line);
    assert_eq!(plan.root().actual.unwrap().examined, Some(9000.0));
    assert_eq!(plan.execution.unwrap().0, 0.31);
    assert_eq!(plan.query.as_ref().unwrap(), &"db.orders.find({ status: 'open' })");
    assert_eq!(plan.root().extra.get("keyPattern").unwrap().group().unwrap().number("status"), Some(1.0));
}

#[test]
fn wrapped_and_disturbed_texts_are_read() {
    assert_eq!(plans(&format!("{{ explain: {FIND}, at: 1 }}")).len(), 1);
    assert_eq!(plans(&format!("{{ never: closed,\n\n{{ a: [\n{FIND}")).len(), 1);
}

#[test]
fn no_literal_survives_redaction() {
    let mut pipeline = plan(
        r#"{ stages: [ { $cursor: { queryPlanner: { namespace: 'shop.orders', parsedQuery: { name: { $eq: 'zebra1' }, n: { $in: [ 73141, 73142 ] }, r: /zebra2/ },
              winningPlan: { stage: 'FETCH', filter: { t: { $gt: ISODate('zebra3') }, o: ObjectId('zebra4') }, inputStage: { stage: 'IXSCAN', indexName: 'a_1', keyPattern: { a: 1 },
                indexBounds: { a: [ '["zebra5", "zebra"6"]', '[73143.0, inf.0]' ], "b c": [ '[/zebra7/, /zebra7/]', 'ObjectId(\'zebra8\')' ] } } } } } },
            { $match: { a: 'zebra9', b: { $not: { $regex: '^zebra10' } } } },
            { $lookup: { from: 'c', as: 'c', let: { x: 'zebra11' }, pipeline: [ { $match: { p: 'zebra12' } } ] } },
            { $group: { _id: { k: 'zebra13', f: '$field' }, s: { $sum: { $const: 73144 } } } },
            { $project: { v: { $concat: [ '$a', 'zebra14' ] } } } ],
          command: { aggregate: 'orders', pipeline: [ { $match: { a: 'zebra15' } } ], comment: 'zebra16', let: { s: 73145 } }, ok: 1 }"#,
    );
    let log = r#"{"msg":"Slow query","attr":{"ns":"shop.orders","command":{"find":"orders","filter":{"name":"zebra1","n":73141},"$db":"shop"},"planSummary":"COLLSCAN","docsExamined":5,"nreturned":1,"durationMillis":31}}"#;
    let mut clustered = plan(
        "{ queryPlanner: { namespace: 'a.b', winningPlan: { stage: 'CLUSTERED_IXSCAN', minRecord: 'zebra1', maxRecord: 73141 } } }",
    );
    for plan in [&mut pipeline, &mut plan(log), &mut clustered] {
        dbwright_plan::redact(plan, dbwright_sql::Dialect::MySql, dbwright_model::Redaction::Literals);
        let text = serde_json::to_string(plan).unwrap();
        let at = text.find("zebra").or(text.find("7314"));
        assert_eq!(at.map(|at| &text[at.saturating_sub(80)..(at + 40).min(text.len())]), None);
        assert!(text.contains("orders") || text.contains("\"b\""));
    }
}

#[test]
fn what_is_cut_or_left_out_is_said() {
    let cut = plan(&FIND[..FIND.find("keysExamined: 9000").unwrap()]);
    assert_eq!(tree(&cut), "FETCH\n  IXSCAN\n");
    assert!(cut.missing.iter().any(|missing| missing.contains("ends inside")));
    let elided = plan("{ queryPlanner: { namespace: 'a.b', winningPlan: { stage: 'FETCH', inputStage: [Object] } } }");
    assert!(elided.missing.iter().any(|missing| missing.contains("EJSON.stringify")));
}

#[test]
fn other_documents_are_left_alone() {
    for text in [
        r#"[{"Plan": {"Node Type": "Seq Scan"}, "queryPlanner": null}]"#,
        r#"{ "query_block": { "select_id": 1 }, "note": "winningPlan" }"#,
        r#"{ "took": 3, "profile": { "shards": [] }, "x": "executionStats" }"#,
    ] {
        assert_eq!(find(&Input::new("t", text)).len(), 0, "{text}");
    }
}

proptest! {
    #[test]
    fn any_cut_and_any_byte_is_survived(cut in 0..FIND.len(), at in 0..FIND.len(), byte in 0u8..128) {
        let mut bytes = FIND.as_bytes().to_vec();
        bytes[at] = byte;
        bytes.truncate(cut);
        let text = String::from_utf8(bytes).unwrap();
        for plan in plans(&text) {
            prop_assert!(!plan.nodes.is_empty());
        }
    }
}
