//! How many guesses a password withstands, estimated as zxcvbn does (Wheeler, USENIX Security 2016): by the words, names,
//! dates, repetitions and keyboard walks that it is made of.
//!
//! The work is bounded (`A18`, `D2`): it grows with the square of the length, and doubles with each symbol that may stand
//! for a letter. Within both bounds the worst password known costs a few milliseconds.

use zeroize::Zeroizing;

/// So many characters are looked at: a password whose first part is that strong is strong.
const LOOKED_AT: usize = 32;
/// The symbols that zxcvbn reads as letters too, beside digits.
const LETTER_LIKE: &str = "@({[<!|+$%";
/// So many different ones are read so in one password; who writes more of them in a word is not guessed by it.
const READ_AS_LETTERS: usize = 3;
/// What the others are read as: for private use, no two of them near enough to be a sequence.
const STANDS_FOR_NOTHING: [char; LETTER_LIKE.len()] = [
    '\u{e000}', '\u{e010}', '\u{e020}', '\u{e030}', '\u{e040}', '\u{e050}', '\u{e060}', '\u{e070}', '\u{e080}',
    '\u{e090}',
];
/// So many words of the person and the place are known as such.
const WORDS: usize = 32;

/// 0 to 4: fewer than 10³, 10⁶, 10⁸, 10¹⁰ guesses, or more. `words` are what an attacker would try first.
pub(super) fn of<'a>(password: &str, words: impl Iterator<Item = &'a str>) -> u8 {
    let known: Vec<&str> = words.flat_map(parts).take(WORDS).collect();
    zxcvbn::zxcvbn(&looked_at(password), &known).score().into()
}

/// The start of a password, with symbols past the first few kinds as characters that stand for nothing else.
fn looked_at(password: &str) -> Zeroizing<String> {
    let mut kinds = Zeroizing::new(Vec::with_capacity(LETTER_LIKE.len()));
    let plain = |c: char| {
        let Some(which) = LETTER_LIKE.find(c) else { return c };
        if !kinds.contains(&c) {
            kinds.push(c);
        }
        if kinds.iter().take(READ_AS_LETTERS).any(|read| *read == c) { c } else { STANDS_FOR_NOTHING[which] }
    };
    Zeroizing::new(password.chars().take(LOOKED_AT).map(plain).collect())
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

    #[test]
    fn symbols_past_a_few_kinds_stand_for_no_letters_a18_d2() {
        assert_eq!(*looked_at("p@$$w0rd!"), "p@$$w0rd!");
        assert_eq!(*looked_at("@{@[@<+!"), "@{@[@\u{e040}\u{e070}\u{e050}");
        assert_eq!(of("p@$$w0rd!", std::iter::empty()), of("passw0rd!", std::iter::empty()));
        // Each of these would double the work, or more.
        let worst = "4@8({[<369!1|170$5+7%2".repeat(2);
        let kinds = |text: &str| LETTER_LIKE.chars().filter(|c| text.contains(*c)).count();
        assert_eq!((kinds(&worst), kinds(&looked_at(&worst))), (LETTER_LIKE.len(), READ_AS_LETTERS));
        assert_eq!(of(&worst, std::iter::empty()), 4);
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
