//! What the server takes before anybody calls it.

use std::time::Duration;

use anyhow::Result;

use crate::{
    house::{Folder, House, Setup, binary},
    process::{LOADING, SERVED, keep_to},
    report::{Report, median},
};

const STARTS: usize = 9;
/// Long enough for everything that happens at a start to be over.
const IDLE: Duration = Duration::from_secs(3);

pub(super) async fn run(report: &mut Report) -> Result<()> {
    let bytes = std::fs::metadata(binary()?)?.len();
    report.at_most("binary", bytes as f64 / 1024.0 / 1024.0, 40.0, "MiB");

    keep_to(&[LOADING])?;
    let folder = Folder::new()?;
    let setup = Setup { url: folder.sqlite(), cores: vec![SERVED], workers: 1 };
    let house = House::start(&setup).await?;
    house.people("alice", 1).await?;
    house.process.stop()?;

    // As it is run, on all cores and with as many workers.
    let setup = Setup { cores: vec![SERVED, LOADING], workers: 0, ..setup };
    keep_to(&setup.cores)?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let house = House::start(&setup).await?;
        starts.push(house.started_in.as_secs_f64() * 1e3);
        house.process.stop()?;
    }
    report.at_most("start to first answer", median(starts), 50.0, "ms");

    let house = House::start(&setup).await?;
    tokio::time::sleep(IDLE).await;
    report.at_most("idle memory", house.process.memory()?, 25.0, "MiB");
    Ok(())
}
