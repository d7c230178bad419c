//! The table, and what fails `--check`.

use std::fmt::Write as _;

use crate::gates;

/// A ratio fails only this far below what is wanted: the machine has other things to do as well.
const TOLERANCE: f64 = 0.75;
/// What is wanted of milliseconds and megabytes has that room in it already.
const EXACT: f64 = 1.0;

/// One gate's figure.
struct Row {
    what: String,
    measured: String,
    limit: String,
    /// Measured against the limit, so that more is better.
    ratio: f64,
    target: f64,
    /// How much of the target is enough.
    tolerance: f64,
}

impl Row {
    fn holds(&self) -> bool {
        self.ratio >= self.target * self.tolerance
    }
}

/// All figures of a run.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    /// The gates that were begun, each with the rows that were there before it.
    begun: Vec<(&'static str, usize)>,
}

impl Report {
    /// What is measured from here on belongs to this gate.
    pub(crate) fn begins(&mut self, gate: &'static str) {
        self.begun.push((gate, self.rows.len()));
    }

    /// Gates that were begun and measured nothing, because something that they need was not found.
    fn skipped(&self) -> impl Iterator<Item = &'static str> {
        let ends = self.begun.iter().skip(1).map(|(_, before)| *before).chain([self.rows.len()]);
        self.begun.iter().zip(ends).filter(|((_, before), end)| before == end).map(|((gate, _), _)| *gate)
    }

    /// Gates that run only when asked for, and were not.
    fn not_asked_for(&self) -> impl Iterator<Item = &'static str> {
        let begun = |name: &str| self.begun.iter().any(|(gate, _)| *gate == name);
        gates::ALL.iter().filter(move |gate| gate.large && !begun(gate.name)).map(|gate| gate.name)
    }

    /// A rate that must reach `target` times what the limit beside it reached in the same round.
    pub(crate) fn at_least(&mut self, what: &str, rounds: &[(f64, f64)], target: f64) {
        let middle = |of: fn(&(f64, f64)) -> f64| median(rounds.iter().map(of).collect());
        let row = Row {
            what: what.into(),
            measured: short(middle(|(measured, _)| *measured)),
            limit: short(middle(|(_, limit)| *limit)),
            ratio: middle(|(measured, limit)| measured / limit),
            target,
            tolerance: TOLERANCE,
        };
        println!("  {}", line(&row));
        self.rows.push(row);
    }

    /// A cost that must stay below `most`; `x` is the unit of a ratio.
    pub(crate) fn at_most(&mut self, what: &str, measured: f64, most: f64, unit: &str) {
        let text = |value: f64| format!("{} {unit}", short(value));
        let row = Row {
            what: what.into(),
            measured: text(measured),
            limit: text(most),
            ratio: most / measured.max(f64::MIN_POSITIVE),
            target: 1.0,
            tolerance: if unit == "x" { TOLERANCE } else { EXACT },
        };
        println!("  {}", line(&row));
        self.rows.push(row);
    }

    /// Whether every gate was measured and every row is reached: ratios within the tolerance, the rest exactly.
    pub(crate) fn holds(&self) -> bool {
        self.skipped().next().is_none() && self.rows.iter().all(Row::holds)
    }

    /// All rows.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("{:<46} {:>12} {:>12} {:>7} {:>7}\n", "what", "measured", "limit", "ratio", "wanted");
        for row in &self.rows {
            let _ = writeln!(text, "{}", line(row));
        }
        for gate in self.skipped() {
            let _ = writeln!(text, "{gate:<46} FAILS: it was skipped, since something that it needs was not found");
        }
        for gate in self.not_asked_for() {
            let _ = writeln!(text, "{gate:<46} was not run: ask for it with --large");
        }
        text
    }
}

fn line(row: &Row) -> String {
    let verdict = match row.holds() {
        true if row.ratio >= row.target => "",
        true => "below",
        false => "FAILS",
    };
    let Row { what, measured, limit, ratio, target, .. } = row;
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
