//! What is decided is what the rules say, and a search finds just what an evaluation allows (`T5`).

use std::collections::BTreeSet;

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::{Value, json};

use super::{EVALUATION, policy};
use crate::testing::{Actor, TestApp};

const SUBJECTS: [&str; 3] = ["alice", "bob", "carol"];
const ACTIONS: [&str; 3] = ["read", "write", "share"];
const RESOURCES: [&str; 3] = ["1", "2", "3"];

/// A rule that an oracle can follow without knowing Cedar: nothing means any.
#[derive(Clone, Debug)]
struct Rule {
    forbids: bool,
    subject: Option<usize>,
    actions: Vec<usize>,
    resource: Option<usize>,
    /// Holds only where the circumstances say `open`.
    when_open: bool,
}

impl Rule {
    fn takes(&self, subject: usize, action: usize, resource: usize, open: bool) -> bool {
        self.subject.is_none_or(|own| own == subject)
            && (self.actions.is_empty() || self.actions.contains(&action))
            && self.resource.is_none_or(|own| own == resource)
            && (!self.when_open || open)
    }

    fn source(&self) -> String {
        let effect = if self.forbids { "forbid" } else { "permit" };
        let who = self.subject.map_or(String::new(), |one| format!(" == user::\"{}\"", SUBJECTS[one]));
        let named: Vec<_> = self.actions.iter().map(|one| format!("Action::\"{}\"", ACTIONS[*one])).collect();
        let what = if named.is_empty() { String::new() } else { format!(" in [{}]", named.join(", ")) };
        let to = self.resource.map_or(" is record".to_owned(), |one| format!(" == record::\"{}\"", RESOURCES[one]));
        let when = if self.when_open { " when { context has open && context.open }" } else { "" };
        format!("{effect} (principal{who}, action{what}, resource{to}){when};")
    }
}

fn oracle(rules: &[Rule], subject: usize, action: usize, resource: usize, open: bool) -> bool {
    let takes = |rule: &&Rule| rule.takes(subject, action, resource, open);
    rules.iter().filter(takes).any(|rule| !rule.forbids) && !rules.iter().filter(takes).any(|rule| rule.forbids)
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let one = (
        prop::bool::weighted(0.3),
        prop::option::of(0..SUBJECTS.len()),
        prop::collection::vec(0..ACTIONS.len(), 0..3),
        prop::option::of(0..RESOURCES.len()),
        any::<bool>(),
    );
    let one = one.prop_map(|(forbids, subject, actions, resource, when_open)| Rule {
        forbids,
        subject,
        actions,
        resource,
        when_open,
    });
    prop::collection::vec(one, 1..7)
}

/// Names all that there is and permits nothing, so that searches know of it.
const UNIVERSE: &str = "permit (principal, action in [Action::\"read\", Action::\"write\", Action::\"share\"], resource) when {
    false && principal in [user::\"alice\", user::\"bob\", user::\"carol\"] && resource in [record::\"1\", record::\"2\", record::\"3\"] };";

fn entity(kind: &str, id: &str) -> Value {
    json!({"type": kind, "id": id})
}

async fn found(pep: &Actor<'_>, what: &str, mut body: Value, open: bool) -> BTreeSet<String> {
    body["context"] = json!({"open": open});
    let answer = pep.post(&format!("/access/v1/search/{what}"), body).await.expect(200).json;
    assert_eq!(answer["page"]["next_token"], "");
    let name = if what == "action" { "name" } else { "id" };
    answer["results"].as_array().unwrap().iter().map(|one| one[name].as_str().unwrap().to_owned()).collect()
}

async fn agree(app: &TestApp, pep: &Actor<'_>, rules: &[Rule], open: bool) {
    let all = |len: usize| 0..len;
    for subject in all(3) {
        for action in all(3) {
            for resource in all(3) {
                let question = json!({
                    "subject": entity("user", SUBJECTS[subject]),
                    "action": {"name": ACTIONS[action]},
                    "resource": entity("record", RESOURCES[resource]),
                    "context": {"open": open},
                });
                let answer = pep.post(EVALUATION, question).await.expect(200).json;
                assert_eq!(answer["decision"], oracle(rules, subject, action, resource, open), "{rules:?}: {answer}");
            }
            let to_what = json!({"subject": entity("user", SUBJECTS[subject]), "action": {"name": ACTIONS[action]},
                "resource": {"type": "record"}});
            let expected = all(3).filter(|resource| oracle(rules, subject, action, *resource, open));
            let expected: BTreeSet<String> = expected.map(|resource| RESOURCES[resource].to_owned()).collect();
            assert_eq!(found(pep, "resource", to_what, open).await, expected, "{rules:?}");
        }
        let what = json!({"subject": entity("user", SUBJECTS[subject]), "resource": entity("record", "2")});
        let expected = all(3).filter(|action| oracle(rules, subject, *action, 1, open));
        let expected: BTreeSet<String> = expected.map(|action| ACTIONS[action].to_owned()).collect();
        assert_eq!(found(pep, "action", what, open).await, expected, "{rules:?}");
    }
    let who = json!({"subject": {"type": "user"}, "action": {"name": "write"}, "resource": entity("record", "1")});
    let strangers = app.rows("select 1 from accounts", vec![]).await.len();
    assert_eq!(strangers, 1, "the administrator alone, whose role allows everything that is not forbidden");
    let expected = all(3).filter(|subject| oracle(rules, *subject, 1, 0, open));
    let expected: BTreeSet<String> = expected.map(|subject| SUBJECTS[subject].to_owned()).collect();
    let mut seen = found(pep, "subject", who, open).await;
    seen.retain(|id| !id.starts_with("usr_"));
    assert_eq!(seen, expected, "{rules:?}");
}

#[tokio::test]
async fn evaluations_and_searches_agree_with_an_oracle_t5() {
    let app = TestApp::new().await;
    let pep = app.admin().await;
    policy(&pep, "universe", UNIVERSE).await;
    let mut made: Option<String> = None;
    let mut runner = TestRunner::deterministic();
    for round in 0..12 {
        let rules = rules().new_tree(&mut runner).unwrap().current();
        let source: String = rules.iter().map(|rule| rule.source() + "\n").collect();
        if let Some(id) = &made {
            let at = format!("/api/admin/policies/{id}");
            let _ = pep.patch(&at, json!({"source": source})).await.expect(200);
        } else {
            made = policy(&pep, "rules", &source).await["id"].as_str().map(str::to_owned);
        }
        agree(&app, &pep, &rules, round % 2 == 0).await;
    }
}
