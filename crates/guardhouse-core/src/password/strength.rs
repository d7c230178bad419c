//! How many guesses a password withstands, estimated as zxcvbn does (Wheeler, USENIX Security 2016): by the words, names,
//! dates, repetitions and keyboard walks that it is made of.

use zeroize::Zeroizing;

/// So many characters are looked at: the work grows with the square of the length and more (`A18`, `D2`). A password whose
/// first part is that strong is strong.
const LOOKED_AT: usize = 64;
/// So many words of the person and the place are known as such.
const WORDS: usize = 32;

/// 0 to 4: fewer than 10³, 10⁶, 10⁸, 10¹⁰ guesses, or more. `words` are what an attacker would try first.
pub(super) fn of<'a>(password: &str, words: impl Iterator<Item = &'a str>) -> u8 {
    let start: Zeroizing<String> = Zeroizing::new(password.chars().take(LOOKED_AT).collect());
    let known: Vec<&str> = words.flat_map(parts).take(WORDS).collect();
    zxcvbn::zxcvbn(&start, &known).score().into()
}

/// A name or an address in one piece and by its words.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let words =
        text.split(|c: char| !c.is_alphanumeric()).filter(move |word| word.len() > 1 && word.len() < text.len());
    std::iter::once(text).filter(|text| !text.is_empty()).chain(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_whole_and_by_their_words_m14() {
        let found: Vec<&str> = parts("alice.b@example.com").collect();
        assert_eq!(found, ["alice.b@example.com", "alice", "example", "com"]);
        assert_eq!(parts("Alice").collect::<Vec<_>>(), ["Alice"]);
        assert_eq!(parts("").count(), 0);
    }

    /// What follows the part that is looked at changes nothing, whatever it is.
    #[test]
    fn long_passwords_cost_no_more_than_their_start_a18_d2() {
        let start = "ab".repeat(LOOKED_AT / 2);
        for rest in ["", "kvzqmw px 8390571648", "abababab"] {
            assert_eq!(of(&format!("{start}{rest}"), std::iter::empty()), of(&start, std::iter::empty()), "{rest}");
        }
        let words = vec!["x"; 100_000];
        assert_eq!(of("kvzqmw px 8390571648", words.into_iter()), 4);
    }
}
