//! With a file of places: made-up ones for the networks of documentation (RFC 5737, RFC 3849).

use std::path::PathBuf;

use guardhouse_core::time::Span;

use super::{AlertSettings, letters, login};
use crate::{
    assembly,
    kernel::{
        mail::Posted,
        settings::{Profile, Settings, Source},
    },
    testing::TestApp,
};

const BERLIN: &str = "192.0.2.7";
const TOKYO: &str = "198.51.100.7";
const HAMBURG: &str = "203.0.113.9";
/// Somewhere in France, without a position.
const FRANCE: &str = "203.0.113.200";

fn file() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/features/alerts/tests/places.mmdb"))
}

async fn app(change: impl FnOnce(&mut AlertSettings)) -> TestApp {
    let mut alerts = AlertSettings { places: Some(file()), ..AlertSettings::default() };
    change(&mut alerts);
    let app = TestApp::with(|settings| settings.set(alerts)).await;
    let _ = app.register("alice").await;
    app
}

/// Letters that came after the first one, which is about the first place after the registration.
async fn later(app: &TestApp) -> Vec<Posted> {
    letters(app).await.split_off(1)
}

async fn count(app: &TestApp, action: &str) -> usize {
    app.audited().await.iter().filter(|one| *one == action).count()
}

#[tokio::test]
async fn a_new_country_is_told_with_its_name_even_of_a_known_device_m64_6_3_5() {
    let app = app(|_| {}).await;
    let first = login(&app.from(BERLIN), "Firefox/140.0", None).await;
    let (mark, _) = first.cookie("guardhouse_device").unwrap();
    // Another city of the same country, by the browser that was there before.
    let _ = login(&app.from(HAMBURG), "Firefox/140.0", Some(&mark)).await;
    assert!(later(&app).await.is_empty());
    app.advance(Span::days(3));
    let _ = login(&app.from(TOKYO), "Firefox/140.0", Some(&mark)).await;
    let told = later(&app).await;
    assert_eq!(told.len(), 1);
    for text in [&told[0].text, &told[0].html] {
        assert!(text.contains("198.51.100.7 (Tokyo, Japan), a country that was not seen before."), "{text}");
    }
    app.advance(Span::days(3));
    for place in [BERLIN, TOKYO] {
        app.advance(Span::days(3));
        let _ = login(&app.from(place), "Firefox/140.0", Some(&mark)).await;
    }
    let _ = login(&app.from("::1"), "Firefox/140.0", Some(&mark)).await;
    let _ = login(&app.from(BERLIN), "Firefox/140.0", Some(&mark)).await;
    assert_eq!(later(&app).await.len(), 1, "all are known by now, and a known browser may hop");
    assert_eq!(count(&app, "alerts.impossible_travel").await, 0);
}

#[tokio::test]
async fn travel_that_nobody_makes_is_an_event_and_a_metric_of_its_own_m64() {
    let app = app(|_| {}).await;
    let (berlin, tokyo) = (app.from(BERLIN), app.from(TOKYO));
    for place in [&berlin, &tokyo] {
        let _ = login(place, "curl/8.9", None).await;
        app.advance(Span::days(1));
    }
    assert_eq!((later(&app).await.len(), count(&app, "alerts.impossible_travel").await), (1, 0));
    // Both are known by now; an hour is too short for nine thousand kilometres.
    let _ = login(&berlin, "curl/8.9", None).await;
    app.advance(Span::hours(1));
    let _ = login(&tokyo, "curl/8.9", None).await;
    assert_eq!(count(&app, "alerts.impossible_travel").await, 1);
    app.work().await;
    assert!(app.ctx().meters.render().contains("guardhouse_alerts_total{kind=\"impossible_travel\"} 1\n"));
    let told = later(&app).await;
    assert!(told.len() == 2 && told[1].text.contains("too far from the last sign-in"), "{:?}", told[1].text);
    let admin = app.admin().await;
    let events = admin.get("/api/admin/audit-events?action=alerts.impossible_travel").await.expect(200);
    let details = &events.json["data"][0]["details"];
    assert_eq!((&details["from"], &details["to"]), (&"Berlin, Germany".into(), &"Tokyo, Japan".into()), "{details}");
    assert_eq!(details["kilometres"], "8876");
    // A place without a position says nothing of travel.
    let _ = login(&app.from(FRANCE), "curl/8.9", None).await;
    assert_eq!(count(&app, "alerts.impossible_travel").await, 1);
}

#[tokio::test]
async fn travel_is_seen_by_every_node_and_may_be_switched_off_m64() {
    let one = app(|_| {}).await;
    let _ = login(&one.from(BERLIN), "curl/8.9", None).await;
    let same = AlertSettings { places: Some(file()), ..AlertSettings::default() };
    let other = one.another_node_with(|settings| settings.set(same)).await;
    let _ = login(&other.from(TOKYO), "curl/8.9", None).await;
    assert_eq!(count(&one, "alerts.impossible_travel").await, 1);
    let off = app(|alerts| alerts.travel_kmh = 0).await;
    let _ = login(&off.from(BERLIN), "curl/8.9", None).await;
    let _ = login(&off.from(TOKYO), "curl/8.9", None).await;
    assert_eq!(count(&off, "alerts.impossible_travel").await, 0);
}

#[tokio::test]
async fn where_somebody_was_is_sealed_and_shown_to_them_alone_m40() {
    let app = app(|_| {}).await;
    let _ = login(&app.from(BERLIN), "curl/8.9", None).await;
    let row = app.rows("select spot from sign_in_spots", vec![]).await;
    let sealed = String::from_utf8_lossy(row[0].slice(0).unwrap()).into_owned();
    assert!(!sealed.contains("Berlin") && !sealed.contains("DE"), "{sealed}");
    let export = crate::testing::Actor::bearer(&app, app.login("alice").await).get("/api/me/export").await.expect(200);
    assert!(export.text.contains("Berlin, Germany"), "{}", export.text);
    app.advance(Span::days(401));
    (super::super::places::SWEEP.run)(app.ctx()).await.unwrap();
    assert!(app.rows("select 1 from sign_in_spots", vec![]).await.is_empty(), "M-40");
}

#[tokio::test]
async fn a_file_that_is_none_keeps_the_server_from_starting() {
    for (file, told) in [
        ("/nowhere/places.mmdb".to_owned(), "alerts.places: /nowhere/places.mmdb: "),
        (concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").to_owned(), "alerts.places: "),
    ] {
        let source = Source { profile: Some(Profile::Development), ..Source::default() };
        let mut settings = Settings::load(&source, &assembly::sections()).unwrap();
        settings.set(AlertSettings { places: Some(file.into()), ..AlertSettings::default() });
        let mut opened = crate::kernel::opened::Opened::default();
        let outbound = crate::kernel::outbound::Outbound::new(&[]).unwrap();
        let refused = super::super::atlas::open(&settings, &outbound, &mut opened).unwrap_err().to_string();
        assert!(refused.starts_with(told), "{refused}");
    }
}
