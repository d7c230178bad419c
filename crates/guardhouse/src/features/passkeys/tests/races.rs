//! At the same moment, and on two nodes.

use super::*;

async fn sessions(app: &TestApp) -> i64 {
    app.rows("select count(*) from sessions", vec![]).await[0].int(0).unwrap()
}

#[tokio::test]
async fn the_same_answer_at_once_on_two_nodes_signs_in_once_a22() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let (_, key) = with_key(&app, "alice").await;
    for _ in 0..5 {
        let before = sessions(&app).await;
        let credential = key.get(&request(&app).await);
        let at = |app| shown(app, credential.clone());
        let answers = futures_util::future::join_all([at(&app), at(&other), at(&app), at(&other)]).await;
        let good = answers.iter().filter(|answer| answer.status.as_u16() == 200).count();
        assert_eq!((good, sessions(&app).await - before), (1, 1), "{answers:?}");
    }
}

#[tokio::test]
async fn a_ceremony_that_began_on_one_node_ends_on_another_m35() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let (alice, key) = with_key(&app, "alice").await;
    let _ = shown(&other, key.get(&request(&app).await)).await.expect(200);
    let bob = app.actor("bob").await;
    let credential = Key::new().create(&creation(&bob).await);
    let there = Actor::bearer(&other, bob.login.clone());
    let _ = there.post(MINE, json!({"credential": credential})).await.expect(201);
    drop(alice);
}

/// One passkey that is kept on two devices, both signing in at this moment.
#[tokio::test]
async fn two_devices_with_one_passkey_sign_in_at_once_m09() {
    let app = TestApp::new().await;
    let (_, key) = with_key(&app, "alice").await;
    let (one, two) = (key.get(&request(&app).await), key.get(&request(&app).await));
    let answers = futures_util::future::join_all([shown(&app, one), shown(&app, two)]).await;
    assert!(answers.iter().all(|answer| answer.status.as_u16() == 200), "{answers:?}");
}
