//! A server to play with: `cargo run -p dbwright-lab --example lab -- postgresql 15 work_mem=64MB`
//!
//! The name and the version are optional; `tls`, `log-all`, `open` (no password) and `volatile` are words for the options.

use std::{env, io::Read};

use dbwright_lab::{Lab, Options, Product, find_version, newest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut product = Product::Postgres;
    let mut major = None;
    let mut options = Options::new();
    for word in env::args().skip(1) {
        let named = Product::ALL.into_iter().find(|product| product.to_string().eq_ignore_ascii_case(&word));
        options = match (word.as_str(), word.split_once('=')) {
            (_, Some((name, value))) => options.setting(name, value),
            ("tls", _) => options.tls(),
            ("log-all", _) => options.log_all(),
            ("open", _) => options.without_password(),
            ("volatile", _) => options.volatile(),
            _ => {
                match named {
                    Some(named) => product = named,
                    None => major = Some(word.parse().map_err(|_| format!("neither a product nor a version: {word}"))?),
                }
                options
            }
        };
    }
    let binaries = match major {
        Some(major) => find_version(product, major)?,
        None => newest(product)?,
    };
    let lab = Lab::start(&binaries, &options)?;
    println!("{}", lab.url());
    eprintln!(
        "{} {} in {}; Ctrl-C or the end of the input stops it",
        binaries.product,
        binaries.version,
        lab.dir().display()
    );
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
