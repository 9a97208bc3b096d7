//! The tolerant JSON reader: it ends, within the text, and reads what is JSON as a strict reader does.
#![no_main]

use dbwright_model::plan::Value;
use dbwright_reading::json;

libfuzzer_sys::fuzz_target!(|text: &str| {
    for (start, _) in text.char_indices().filter(|(_, char)| matches!(char, '{' | '[' | '"')).take(4) {
        let rest = &text[start..];
        for depth in [3, json::DEPTH, usize::MAX] {
            let Some(read) = json::read_to(rest, depth) else { continue };
            assert!(rest.is_char_boundary(read.end), "{rest:?} ends within a character");
            json::dismantle(read.value);
        }
        let Ok(strict) = serde_json::from_str::<serde_json::Value>(rest) else { continue };
        let Some(read) = json::read(rest) else { panic!("{rest:?} is JSON") };
        assert_eq!(read.cut, None, "{rest:?}");
        // a strict reader keeps one of two fields with the same name
        let (tolerant, strict) = (shape(&read.value), strict_shape(&strict));
        assert!(tolerant.iter().zip(strict).all(|(all, some)| *all >= some), "{rest:?}");
    }
});

/// How many values of each kind there are: numbers and texts together, since long whole numbers stay text.
fn shape(value: &Value) -> [usize; 3] {
    match value {
        Value::List(items) => items.iter().map(shape).fold([1, 0, 0], sum),
        Value::Group(fields) => fields.iter().map(|(_, value)| shape(value)).fold([0, 1, 0], sum),
        _ => [0, 0, 1],
    }
}

fn strict_shape(value: &serde_json::Value) -> [usize; 3] {
    match value {
        serde_json::Value::Array(items) => items.iter().map(strict_shape).fold([1, 0, 0], sum),
        serde_json::Value::Object(fields) => fields.values().map(strict_shape).fold([0, 1, 0], sum),
        _ => [0, 0, 1],
    }
}

fn sum(a: [usize; 3], b: [usize; 3]) -> [usize; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}
