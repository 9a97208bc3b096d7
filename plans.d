plans.d: crates/engines/postgres/benches/plans.rs crates/engines/postgres/benches/../tests/plans/12.txt crates/engines/postgres/benches/../tests/plans/15.txt crates/engines/postgres/benches/../tests/plans/18.txt

plans: crates/engines/postgres/benches/plans.rs crates/engines/postgres/benches/../tests/plans/12.txt crates/engines/postgres/benches/../tests/plans/15.txt crates/engines/postgres/benches/../tests/plans/18.txt

crates/engines/postgres/benches/plans.rs:
crates/engines/postgres/benches/../tests/plans/12.txt:
crates/engines/postgres/benches/../tests/plans/15.txt:
crates/engines/postgres/benches/../tests/plans/18.txt:
