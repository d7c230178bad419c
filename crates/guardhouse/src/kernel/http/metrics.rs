//! Metrics in Prometheus' text format (M-63). Handles are made once per route, not looked up per request.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use metrics::{Counter, Histogram, Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

const META: Metadata<'static> = Metadata::new("guardhouse", Level::INFO, None);
/// Seconds.
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The engine's metrics: a recorder of its own, so that several engines in one process keep theirs apart.
#[derive(Clone)]
pub struct Meters {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    logins: [Counter; 2],
    reused: Counter,
    refreshes: Counter,
    /// The same two to be read: refreshed, reused.
    refreshed: Arc<[AtomicU64; 2]>,
    issued: Counter,
    breach_checks: [Counter; 3],
}

impl Meters {
    /// A recorder with nothing counted.
    pub fn new() -> Self {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS);
        let recorder = Arc::new(builder.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder());
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

    /// A gauge, set when metrics are asked for.
    pub fn gauge(&self, name: &'static str, value: f64) {
        self.recorder.register_gauge(&Key::from_static_name(name), &META).set(value);
    }

    /// Everything counted, as text.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }

    /// The handles of a route.
    pub fn route(&self, method: &http::Method, path: &'static str) -> RouteMeters {
        let labels = |class: Option<&'static str>| {
            let mut labels = vec![Label::new("method", method.to_string()), Label::new("route", path)];
            labels.extend(class.map(|class| Label::new("status", class)));
            labels
        };
        RouteMeters {
            classes: ["2xx", "3xx", "4xx", "5xx"].map(|class| {
                self.recorder
                    .register_counter(&Key::from_parts("guardhouse_http_requests_total", labels(Some(class))), &META)
            }),
            seconds: self
                .recorder
                .register_histogram(&Key::from_parts("guardhouse_http_request_seconds", labels(None)), &META),
        }
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
    seconds: Histogram,
}

impl RouteMeters {
    /// One request.
    pub fn count(&self, status: http::StatusCode, seconds: f64) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(2).min(3);
        self.classes[class].increment(1);
        self.seconds.record(seconds);
    }
}
