//! The table, and what fails `--check`.

use std::fmt::Write as _;

/// A gate fails only this far below its ratio: the machine has other things to do as well.
const TOLERANCE: f64 = 0.75;

/// One gate's figure.
struct Row {
    what: String,
    measured: String,
    limit: String,
    /// Measured against the limit, so that more is better.
    ratio: f64,
    target: f64,
}

/// All figures of a run.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// A rate that must reach `target` times what the limit beside it reached in the same round.
    pub(crate) fn at_least(&mut self, what: &str, rounds: &[(f64, f64)], target: f64) {
        let middle = |of: fn(&(f64, f64)) -> f64| median(rounds.iter().map(of).collect());
        let row = Row {
            what: what.into(),
            measured: short(middle(|(measured, _)| *measured)),
            limit: short(middle(|(_, limit)| *limit)),
            ratio: middle(|(measured, limit)| measured / limit),
            target,
        };
        println!("  {}", line(&row));
        self.rows.push(row);
    }

    /// A cost that must stay below `most`.
    pub(crate) fn at_most(&mut self, what: &str, measured: f64, most: f64, unit: &str) {
        let text = |value: f64| format!("{} {unit}", short(value));
        let row = Row {
            what: what.into(),
            measured: text(measured),
            limit: text(most),
            ratio: most / measured.max(f64::MIN_POSITIVE),
            target: 1.0,
        };
        println!("  {}", line(&row));
        self.rows.push(row);
    }

    /// Whether every ratio is reached, within the tolerance.
    pub(crate) fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.ratio >= row.target * TOLERANCE)
    }

    /// All rows.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("{:<46} {:>12} {:>12} {:>7} {:>7}\n", "what", "measured", "limit", "ratio", "wanted");
        for row in &self.rows {
            let _ = writeln!(text, "{}", line(row));
        }
        text
    }
}

fn line(row: &Row) -> String {
    let verdict = match row.ratio {
        ratio if ratio >= row.target => "",
        ratio if ratio >= row.target * TOLERANCE => "below",
        _ => "FAILS",
    };
    let Row { what, measured, limit, ratio, target } = row;
    format!("{what:<46} {measured:>12} {limit:>12} {ratio:>7.2} {target:>7.2} {verdict}")
}

fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => format!("{value:.0}"),
        small if small < 10.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

/// The middle of several rounds: one that a neighbour disturbed does not count.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
