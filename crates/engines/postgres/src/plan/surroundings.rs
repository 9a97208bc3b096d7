//! What stands around the tree: times of planning and execution, triggers, compilation, settings.

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{Fields, Jit, Plan, Serialization, Trigger, Value};
use dbwright_model::{Bytes, Name, Seconds};

use super::interpret::Since;
use super::slot::shallow;

/// What stands around the tree.
pub(super) fn surroundings(plan: &mut Plan, fields: Fields, since: &mut Since) {
    let ms = |slot: &mut Option<Seconds>, value: Value| match value.number() {
        Some(ms) => {
            *slot = Some(Seconds(ms / 1000.0));
            None
        }
        None => Some(value),
    };
    for (name, value) in fields.0 {
        since.saw(&name);
        let value = shallow(value);
        let kept = match &*name {
            "Planning Time" => ms(&mut plan.planning, value),
            "Execution Time" | "Total Runtime" => ms(&mut plan.execution, value),
            "Query Text" => match value {
                Value::Text(query) => {
                    plan.query = Some(query);
                    None
                }
                other => Some(other),
            },
            "Triggers" => match value {
                Value::Null => None,
                Value::List(triggers) => {
                    plan.triggers.extend(triggers.into_iter().filter_map(trigger));
                    None
                }
                other => Some(other),
            },
            "JIT" => match jit(value) {
                Ok(jit) => {
                    plan.jit = Some(jit);
                    None
                }
                Err(other) => Some(other),
            },
            "Serialization" => match value {
                Value::Group(fields) => {
                    plan.serialization = Some(serialization(fields));
                    None
                }
                other => Some(other),
            },
            "Settings" => match value {
                Value::Group(settings) => {
                    let text = |value: Value| match value {
                        Value::Number(number) => Value::from(number.to_string()),
                        Value::Bool(on) => Value::from(on.to_string()),
                        other => other,
                    };
                    plan.settings.0.extend(settings.0.into_iter().map(|(name, value)| (name, text(value))));
                    None
                }
                other => Some(other),
            },
            "Planning" => match value {
                Value::Group(fields) => {
                    since.buffers |= fields.iter().any(|(name, _)| name.ends_with(" Blocks"));
                    (!fields.is_empty()).then_some(Value::Group(fields))
                }
                other => Some(other),
            },
            _ => Some(value),
        };
        if let Some(value) = kept {
            plan.extra.0.push((name, value));
        }
    }
}

fn trigger(value: Value) -> Option<Trigger> {
    let Value::Group(fields) = value else { return None };
    let name = |field: &str| fields.text(field).map(Name::from);
    Some(Trigger {
        name: name("Trigger Name").unwrap_or_default(),
        constraint: name("Constraint Name"),
        relation: name("Relation").map(|relation| ObjectName::new(name("Schema").unwrap_or_default(), relation)),
        time: fields.number("Time").map(|ms| Seconds(ms / 1000.0)),
        calls: fields.number("Calls").unwrap_or_default(),
    })
}

fn jit(value: Value) -> Result<Jit, Value> {
    let Value::Group(fields) = value else { return Err(value) };
    let mut jit = Jit::default();
    for (name, mut value) in fields.0 {
        match &*name {
            "Functions" if value.number().is_some() => jit.functions = value.number().unwrap_or_default(),
            "Timing" => {
                if let Value::Group(timing) = &mut value {
                    jit.time = timing.take("Total").and_then(|total| total.number()).map(|ms| Seconds(ms / 1000.0));
                }
                jit.extra.0.push((name, value));
            }
            _ => jit.extra.0.push((name, value)),
        }
    }
    Ok(jit)
}

fn serialization(fields: Fields) -> Serialization {
    let mut serialization = Serialization::default();
    for (name, value) in fields.0 {
        match (&*name, value.number()) {
            ("Time", Some(ms)) => serialization.time = Some(Seconds(ms / 1000.0)),
            ("Output Volume", Some(kb)) => serialization.output = Some(Bytes((kb * 1024.0) as u64)),
            _ => serialization.extra.0.push((name, value)),
        }
    }
    serialization
}
