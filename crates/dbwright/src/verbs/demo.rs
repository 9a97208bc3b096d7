//! `demo`: the main job on a shop with planted faults, live where a server can be started, recorded elsewhere.

use std::io::Read;

use dbwright_demo::Shop;

use super::collect;
use super::look::{self, Detail};
use crate::cli::{Demo, Gather};
use crate::consult;
use crate::exit::{Exit, Failure};

pub(super) fn run(args: &Demo) -> Result<Exit, Failure> {
    let gather = Gather::default();
    if args.recorded {
        return recorded(args);
    }
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new(Exit::Unreachable, format!("cannot start the runtime: {error}")))?;
    anstream::eprintln!("starting a throw-away {} server and opening the shop (about 15 s)", args.engine.engine());
    let opened = runtime.block_on(async {
        tokio::select! {
            shop = Shop::open(args.engine) => Some(shop),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    let shop = match opened {
        Some(Ok(shop)) => shop,
        Some(Err(error)) => {
            anstream::eprintln!("{error}\nshowing the recorded consultation instead");
            return recorded(args);
        }
        None => return Err(Failure::new(Exit::Interrupted, "interrupted; the throw-away server is gone")),
    };
    let mut consulted = consult::case(Some(&shop.url()), &gather)?;
    if !args.keep {
        // The server is gone in a moment: no command can look at it again.
        consulted.shown.clear();
    }
    if let Some(file) = &args.bundle {
        collect::write(&consulted.case, file)?;
    }
    let exit = look::present(&consulted, &args.show, Detail::Screen)?;
    if args.keep {
        anstream::eprintln!("the shop stays open at {} until you press Enter", shop.url());
        let _ = std::io::stdin().read(&mut [0]);
    } else {
        anstream::eprintln!("dbwright demo --keep leaves the shop open to look around; -o shop.html writes the page");
    }
    Ok(exit)
}

fn recorded(args: &Demo) -> Result<Exit, Failure> {
    let mut consulted = consult::bundle(dbwright_demo::recorded(args.engine).as_bytes(), "the recorded shop")?;
    consulted.shown.clear();
    if let Some(file) = &args.bundle {
        collect::write(&consulted.case, file)?;
    }
    look::present(&consulted, &args.show, Detail::Screen)
}
