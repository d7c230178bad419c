//! How strongly somebody proved who they are (RFC 8176): which proofs count as two.

/// Every way of proving that a login may have.
const KNOWN: [&str; 10] = ["pwd", "otp", "hwk", "swk", "user", "email", "recovery", "mfa", "fed", "pin"];

/// The word as this server writes it.
pub(super) fn known(word: &str) -> Option<&'static str> {
    KNOWN.into_iter().find(|known| *known == word)
}

/// Two proofs of different kinds.
pub(super) fn two(mut first: Vec<&'static str>, second: &[&'static str]) -> Vec<&'static str> {
    for word in second.iter().copied().chain(["mfa"]) {
        if !first.contains(&word) {
            first.push(word);
        }
    }
    first
}

/// What a session has shown after one more proof: what it showed before counts on, since whoever proves has the session
/// in hand (NIST SP 800-63B-4 section 2.2.3). Something known and something held are two.
pub(super) fn more(before: &[String], now: &[&'static str]) -> Vec<String> {
    let mut all: Vec<String> = now.iter().map(ToString::to_string).collect();
    for word in before {
        if !all.contains(word) {
            all.push(word.clone());
        }
    }
    let has = |words: &[&str]| all.iter().any(|word| words.contains(&word.as_str()));
    if has(&["pwd"]) && has(&["otp", "hwk", "swk", "recovery"]) && !has(&["mfa"]) {
        all.push("mfa".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_proof_makes_two_where_it_is_of_another_kind_m09() {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(more(&words(&["pwd"]), &["otp"]), ["otp", "pwd", "mfa"]);
        assert_eq!(more(&words(&["pwd"]), &["pwd"]), ["pwd"]);
        assert_eq!(more(&words(&["email"]), &["email"]), ["email"]);
        // The password again in a session that showed a second factor: it showed both.
        assert_eq!(more(&words(&["pwd", "otp", "mfa"]), &["pwd"]), ["pwd", "otp", "mfa"]);
        // Two things held are one kind.
        assert_eq!(more(&words(&["email"]), &["otp"]), ["otp", "email"]);
        assert_eq!(two(vec!["email"], &["otp"]), ["email", "otp", "mfa"]);
    }
}
