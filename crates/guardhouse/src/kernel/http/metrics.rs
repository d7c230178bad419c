//! Metrics in Prometheus' text format (M-63). Handles are made once per route, not looked up per request.

use std::{
    fmt::{self, Write as _},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use metrics::{Counter, Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::kernel::alerts::Alert;

const META: Metadata<'static> = Metadata::new("guardhouse", Level::INFO, None);
/// Upper bounds in microseconds, and the same in seconds as the text has them.
const BUCKETS: [(u64, &str); 12] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (5_000_000, "5"),
];

/// The engine's metrics: a recorder of its own, so that several engines in one process keep theirs apart.
#[derive(Clone)]
pub struct Meters {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    routes: Arc<Mutex<Vec<Arc<Durations>>>>,
    logins: [Counter; 2],
    reused: Counter,
    refreshes: Counter,
    /// The same two to be read: refreshed, reused.
    refreshed: Arc<[AtomicU64; 2]>,
    issued: Counter,
    breach_checks: [Counter; 3],
    challenges: [Counter; 4],
    alerts: [Counter; Alert::ALL.len()],
}

impl Meters {
    /// A recorder with nothing counted.
    pub fn new() -> Self {
        let recorder = Arc::new(PrometheusBuilder::new().build_recorder());
        let counter =
            |name: &'static str, labels: Vec<Label>| recorder.register_counter(&Key::from_parts(name, labels), &META);
        recorder.describe_counter(KeyName::from("guardhouse_logins_total"), None, "Sign-ins by outcome.".into());
        recorder.describe_counter(
            KeyName::from("guardhouse_refreshes_total"),
            None,
            "Refreshes that succeeded.".into(),
        );
        recorder.describe_counter(
            KeyName::from("guardhouse_refresh_reused_total"),
            None,
            "Spent refresh tokens shown again.".into(),
        );
        recorder.describe_counter(
            KeyName::from("guardhouse_breach_checks_total"),
            None,
            "Chosen passwords looked for among breached ones, by outcome.".into(),
        );
        recorder.describe_counter(
            KeyName::from("guardhouse_challenges_total"),
            None,
            "Challenges asked for, and their answers by outcome.".into(),
        );
        recorder.describe_counter(KeyName::from("guardhouse_alerts_total"), None, "Alerts by kind.".into());
        recorder.describe_counter(
            KeyName::from("guardhouse_access_tokens_issued_total"),
            None,
            "Access tokens issued.".into(),
        );
        Self {
            logins: ["success", "failure"]
                .map(|outcome| counter("guardhouse_logins_total", vec![Label::new("outcome", outcome)])),
            reused: counter("guardhouse_refresh_reused_total", vec![]),
            refreshed: Arc::default(),
            refreshes: counter("guardhouse_refreshes_total", vec![]),
            issued: counter("guardhouse_access_tokens_issued_total", vec![]),
            breach_checks: ["clean", "breached", "skipped"]
                .map(|outcome| counter("guardhouse_breach_checks_total", vec![Label::new("outcome", outcome)])),
            challenges: ["asked", "right", "wrong", "unavailable"]
                .map(|outcome| counter("guardhouse_challenges_total", vec![Label::new("outcome", outcome)])),
            alerts: Alert::ALL.map(|alert| counter("guardhouse_alerts_total", vec![Label::new("kind", alert.name())])),
            routes: Arc::default(),
            handle: recorder.handle(),
            recorder,
        }
    }

    /// A sign-in succeeded or failed.
    pub fn login(&self, success: bool) {
        self.logins[usize::from(!success)].increment(1);
    }

    /// A spent refresh token was shown again.
    pub fn refresh_reused(&self) {
        self.reused.increment(1);
        self.refreshed[1].fetch_add(1, Ordering::Relaxed);
    }

    /// A refresh succeeded.
    pub fn refreshed(&self) {
        self.refreshes.increment(1);
        self.refreshed[0].fetch_add(1, Ordering::Relaxed);
    }

    /// Refreshes of this process that succeeded, and spent tokens shown again.
    pub fn refreshes(&self) -> [u64; 2] {
        [0, 1].map(|at| self.refreshed[at].load(Ordering::Relaxed))
    }

    /// An access token was issued.
    pub fn token_issued(&self) {
        self.issued.increment(1);
    }

    /// A chosen password was looked for among breached ones; `None` where the list could not be asked.
    pub fn breach_check(&self, breached: Option<bool>) {
        self.breach_checks[breached.map_or(2, usize::from)].increment(1);
    }

    /// A challenge was asked for.
    pub fn challenge_asked(&self) {
        self.challenges[0].increment(1);
    }

    /// A challenge was answered; `None` where nobody could say whether rightly.
    pub fn challenge_answered(&self, right: Option<bool>) {
        self.challenges[right.map_or(3, |right| if right { 1 } else { 2 })].increment(1);
    }

    /// An alert was raised.
    pub fn alert(&self, alert: Alert) {
        self.alerts[alert as usize].increment(1);
    }

    /// A gauge, set when metrics are asked for.
    pub fn gauge(&self, name: &'static str, value: f64) {
        self.recorder.register_gauge(&Key::from_static_name(name), &META).set(value);
    }

    /// A total counted elsewhere, set when metrics are asked for.
    pub fn total(&self, name: &'static str, value: u64) {
        self.recorder.register_counter(&Key::from_static_name(name), &META).absolute(value);
    }

    /// Everything counted, as text.
    pub fn render(&self) -> String {
        let mut text = self.handle.render();
        text.push_str("# TYPE guardhouse_http_request_seconds histogram\n");
        for route in self.routes.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // Writing to a `String` cannot fail.
            let _ = route.write(&mut text);
        }
        text
    }

    /// The handles of a route.
    pub fn route(&self, method: &http::Method, path: &'static str) -> RouteMeters {
        let labels = |class: &'static str| {
            vec![Label::new("method", method.to_string()), Label::new("route", path), Label::new("status", class)]
        };
        RouteMeters {
            classes: ["2xx", "3xx", "4xx", "5xx"].map(|class| {
                self.recorder.register_counter(&Key::from_parts("guardhouse_http_requests_total", labels(class)), &META)
            }),
            durations: self.durations(method, path),
        }
    }

    /// One for each route, however many routers have it: no series may stand in the text twice.
    fn durations(&self, method: &http::Method, path: &str) -> Arc<Durations> {
        let labels = format!("method=\"{method}\",route=\"{path}\"");
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = routes.iter().find(|known| known.labels == labels) {
            return Arc::clone(known);
        }
        let new = Arc::new(Durations { labels, buckets: Default::default(), micros: AtomicU64::new(0) });
        routes.push(Arc::clone(&new));
        new
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self::new()
    }
}

/// What is counted of a route.
#[derive(Clone)]
pub struct RouteMeters {
    classes: [Counter; 4],
    durations: Arc<Durations>,
}

impl RouteMeters {
    /// One request.
    pub fn count(&self, status: http::StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(2).min(3);
        self.classes[class].increment(1);
        self.durations.add(took);
    }
}

/// How long a route's requests took. Only counts: the exporter's own histogram keeps every single value until somebody
/// asks for metrics, which is a hundred megabytes in a few busy minutes that nobody asks.
struct Durations {
    labels: String,
    /// One more than there are bounds: the last is for everything slower.
    buckets: [AtomicU64; BUCKETS.len() + 1],
    micros: AtomicU64,
}

impl Durations {
    fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.iter().position(|(bound, _)| micros <= *bound).unwrap_or(BUCKETS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        const NAME: &str = "guardhouse_http_request_seconds";
        let labels = &self.labels;
        let bounds = BUCKETS.iter().map(|(_, text)| *text).chain(["+Inf"]);
        let mut count = 0;
        for (bucket, bound) in self.buckets.iter().zip(bounds) {
            count += bucket.load(Ordering::Relaxed);
            writeln!(text, "{NAME}_bucket{{{labels},le=\"{bound}\"}} {count}")?;
        }
        let seconds = Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64();
        writeln!(text, "{NAME}_sum{{{labels}}} {seconds}\n{NAME}_count{{{labels}}} {count}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_cumulative_m63() {
        let meters = Meters::new();
        let route = meters.route(&http::Method::GET, "/api/me");
        for micros in [400, 500, 700, 9_000_000] {
            route.count(http::StatusCode::OK, Duration::from_micros(micros));
        }
        let text = meters.render();
        let line = |end: &str| format!("guardhouse_http_request_seconds{end}\n");
        let of = "method=\"GET\",route=\"/api/me\"";
        for end in [
            format!("_bucket{{{of},le=\"0.0005\"}} 2"),
            format!("_bucket{{{of},le=\"0.001\"}} 3"),
            format!("_bucket{{{of},le=\"5\"}} 3"),
            format!("_bucket{{{of},le=\"+Inf\"}} 4"),
            format!("_count{{{of}}} 4"),
            format!("_sum{{{of}}} 9.0016"),
        ] {
            assert!(text.contains(&line(&end)), "{end}\n{text}");
        }
    }
}
