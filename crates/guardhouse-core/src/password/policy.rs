use zeroize::Zeroizing;

use super::{Password, PasswordError, common, strength};

/// Which passwords may be chosen. Applies when one is set, never when one is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Least number of characters (Unicode scalar values).
    pub min_length: usize,
    /// Classes that must each occur. Empty by default (ASVS 6.2.5).
    pub require: Vec<Class>,
    /// Least strength, 0 (anything) to 4: 1 withstands a thousand guesses, each further step a hundred times as many
    /// or more.
    pub min_strength: u8,
    /// Whether the built-in list of common passwords is asked.
    pub blocklist: bool,
    /// Words of the organization: product, host, town (ASVS 6.2.11).
    pub context_words: Vec<String>,
}

/// A kind of character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// An upper-case letter of any script.
    Upper,
    /// A lower-case letter of any script.
    Lower,
    /// A digit of any script.
    Digit,
    /// Anything that is neither letter nor digit; a space too.
    Symbol,
}

/// A rule that a password breaks. `Display` gives a sentence for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    /// Fewer characters than `min`.
    #[error("The password needs at least {min} characters.")]
    TooShort {
        /// Least number of characters.
        min: usize,
    },
    /// More bytes than `max`.
    #[error("The password may have at most {max} bytes.")]
    TooLong {
        /// Greatest number of bytes.
        max: usize,
    },
    /// A NUL character.
    #[error("The password contains a character that can't be used.")]
    UnusableCharacter,
    /// No upper-case letter.
    #[error("The password needs an upper-case letter.")]
    NeedsUpper,
    /// No lower-case letter.
    #[error("The password needs a lower-case letter.")]
    NeedsLower,
    /// No digit.
    #[error("The password needs a digit.")]
    NeedsDigit,
    /// No symbol.
    #[error("The password needs a symbol.")]
    NeedsSymbol,
    /// It stands in the built-in or the operator's list.
    #[error("This password is used by many people and is among the first to be guessed.")]
    CommonPassword,
    /// It is little more than a name, an e-mail address or the name of this service.
    #[error("The password is too close to your name, your e-mail address or the name of this service.")]
    ContainsContextWord,
    /// Words, names, dates and patterns make most of it.
    #[error("The password can be guessed too soon. Add a word or two that nobody expects.")]
    TooGuessable,
    /// It was seen in a breach; said by who asks the breach list.
    #[error("This password has appeared in a data breach.")]
    BreachedPassword,
}

impl BrokenRule {
    /// The stable code of the answer.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "TOO_SHORT",
            Self::TooLong { .. } => "TOO_LONG",
            Self::UnusableCharacter => "UNUSABLE_CHARACTER",
            Self::NeedsUpper => "NEEDS_UPPER",
            Self::NeedsLower => "NEEDS_LOWER",
            Self::NeedsDigit => "NEEDS_DIGIT",
            Self::NeedsSymbol => "NEEDS_SYMBOL",
            Self::CommonPassword => "COMMON_PASSWORD",
            Self::ContainsContextWord => "CONTAINS_CONTEXT_WORD",
            Self::TooGuessable => "TOO_GUESSABLE",
            Self::BreachedPassword => "BREACHED_PASSWORD",
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self { min_length: 8, require: Vec::new(), min_strength: 0, blocklist: true, context_words: Vec::new() }
    }
}

impl Policy {
    /// The preset `classic`: upper, lower, digit and symbol are asked for as well.
    pub fn classic() -> Self {
        Self { require: vec![Class::Upper, Class::Lower, Class::Digit, Class::Symbol], ..Self::default() }
    }

    /// The rule broken by something that is no [`Password`] at all.
    pub fn unparsed(&self, error: PasswordError) -> BrokenRule {
        match error {
            PasswordError::Empty => BrokenRule::TooShort { min: self.min_length.max(1) },
            PasswordError::TooLong { max } => BrokenRule::TooLong { max },
            PasswordError::ContainsNul => BrokenRule::UnusableCharacter,
        }
    }
}

impl Class {
    fn missing_from(self, password: &str) -> Option<BrokenRule> {
        let (present, rule) = match self {
            Self::Upper => (password.contains(char::is_uppercase), BrokenRule::NeedsUpper),
            Self::Lower => (password.contains(char::is_lowercase), BrokenRule::NeedsLower),
            Self::Digit => (password.contains(char::is_numeric), BrokenRule::NeedsDigit),
            Self::Symbol => (password.contains(|c: char| !c.is_alphanumeric()), BrokenRule::NeedsSymbol),
        };
        (!present).then_some(rule)
    }
}

/// Every rule the password breaks, in a fixed order; empty when it may be used (M-14).
///
/// `context` are words of this account and place: e-mail address and its local part, name, host.
/// The breach list is asked elsewhere, with [`super::sha1_range`].
pub fn check(password: &Password, policy: &Policy, context: &[&str]) -> Vec<BrokenRule> {
    let text = password.as_str();
    let lower = Zeroizing::new(text.to_lowercase());
    let mut broken = Vec::new();
    if text.chars().count() < policy.min_length {
        broken.push(BrokenRule::TooShort { min: policy.min_length });
    }
    broken.extend(policy.require.iter().filter_map(|class| class.missing_from(text)));
    if policy.blocklist && common::contains(&lower) {
        broken.push(BrokenRule::CommonPassword);
    }
    let words = context.iter().copied().chain(policy.context_words.iter().map(String::as_str));
    if words.clone().any(|word| is_little_more_than(&lower, word)) {
        broken.push(BrokenRule::ContainsContextWord);
    }
    if policy.min_strength > 0 && strength::of(text, words) < policy.min_strength {
        broken.push(BrokenRule::TooGuessable);
    }
    broken
}

/// Shorter words stand in too many good passwords.
const SHORTEST_WORD: usize = 3;
/// How many letters may stand beside the word and still add nothing: `my`, `the`.
const SPARE_LETTERS: usize = 3;
/// How many characters of any kind may: a date with separators is ten.
const SPARE_CHARACTERS: usize = 10;

/// Whether the password is the word with a little around it: without case, separators and each
/// occurrence of the word, at most three letters and ten characters are left. A long password
/// that merely contains the word is not refused, since it owes its strength to the rest.
fn is_little_more_than(lower: &str, word: &str) -> bool {
    let word = letters_and_digits(&word.to_lowercase());
    if word.chars().count() < SHORTEST_WORD {
        return false;
    }
    let squeezed = letters_and_digits(lower);
    let rest = Zeroizing::new(squeezed.replace(word.as_str(), ""));
    let symbols = lower.chars().filter(|c| !c.is_alphanumeric()).count();
    rest.len() < squeezed.len()
        && rest.chars().filter(|c| c.is_alphabetic()).count() <= SPARE_LETTERS
        && rest.chars().count() + symbols <= SPARE_CHARACTERS
}

fn letters_and_digits(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.chars().filter(|c| c.is_alphanumeric()).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn codes(password: &str, policy: &Policy, context: &[&str]) -> Vec<&'static str> {
        let password = Password::parse(password).unwrap();
        check(&password, policy, context).iter().map(BrokenRule::code).collect()
    }

    #[test]
    fn every_broken_rule_is_named_m_14() {
        let policy = Policy { min_length: 12, ..Policy::classic() };
        let all =
            ["TOO_SHORT", "NEEDS_UPPER", "NEEDS_DIGIT", "NEEDS_SYMBOL", "COMMON_PASSWORD", "CONTAINS_CONTEXT_WORD"];
        assert_eq!(codes("iloveyou", &policy, &["iloveyou"]), all);
        assert_eq!(
            codes("1", &Policy::classic(), &[]),
            ["TOO_SHORT", "NEEDS_UPPER", "NEEDS_LOWER", "NEEDS_SYMBOL", "COMMON_PASSWORD"]
        );
        assert_eq!(codes("Tr0ub4dor & three", &Policy::classic(), &[]), [""; 0]);
    }

    #[test]
    fn any_composition_is_taken_by_default_6_2_5_and_length_counts_characters() {
        for good in ["kvzqmwpxjt", "8390571648", "пингвины едят", "        x", "日本語日本語日本"] {
            assert_eq!(codes(good, &Policy::default(), &[]), [""; 0], "{good}");
        }
        assert_eq!(codes("日本語日本語日", &Policy::default(), &[]), ["TOO_SHORT"]);
        assert_eq!(codes(&"kvzqmw px".repeat(28), &Policy::default(), &[]), [""; 0]);
    }

    #[test]
    fn common_passwords_are_refused_whatever_their_case_6_2_4() {
        for common in ["password", "PassWord1", "qwertyuiop", "iloveyou", "TRUSTNO1"] {
            assert_eq!(codes(common, &Policy::default(), &[]), ["COMMON_PASSWORD"], "{common}");
        }
        let off = Policy { blocklist: false, ..Policy::default() };
        assert_eq!(codes("password", &off, &[]), [""; 0]);
    }

    #[test]
    fn context_words_are_refused_where_little_else_stands_6_2_11() {
        let policy = Policy { context_words: vec!["Guardhouse".into()], ..Policy::default() };
        let context = ["alice.johnson", "alice.johnson@example.com", "Alice Johnson", "Bo", ""];
        for bad in [
            "guardhouse",
            "GuardHouse2024!",
            "my-guardhouse-1",
            "guardhouseguardhouse",
            "Alice_Johnson1987",
            "alicejohnson",
            "g.u.a.r.d.house",
        ] {
            assert_eq!(codes(bad, &policy, &context), ["CONTAINS_CONTEXT_WORD"], "{bad}");
        }
        for good in [
            "guardhouse keeper moon",
            "guardhouse-mosel",
            "guardhouse 8390571648",
            "alice in chains 1987",
            "bobsleigh",
            "guardian angels",
            "the guardhouse burned down twice",
        ] {
            assert_eq!(codes(good, &policy, &context), [""; 0], "{good}");
        }
    }

    #[test]
    fn a_password_that_is_soon_guessed_is_refused_where_a_strength_is_asked_for_m_14() {
        let at = |min_strength| Policy { min_strength, ..Policy::default() };
        for (typed, strength) in [
            ("abcdefgh", 0),
            ("dragonmonkey", 1),
            ("Dragonfly!!", 2),
            ("kvzqmwpxy", 3),
            ("correct horse battery", 4),
            ("a fine long passphrase", 4),
        ] {
            let broken = |min| codes(typed, &at(min), &[]).contains(&"TOO_GUESSABLE");
            assert_eq!(
                (0..=4).map(broken).collect::<Vec<_>>(),
                (0..=4).map(|min| min > strength).collect::<Vec<_>>(),
                "{typed}"
            );
        }
    }

    #[test]
    fn words_of_the_person_give_no_strength_m_14_6_2_11() {
        let policy = Policy { min_strength: 3, ..Policy::default() };
        let typed = "quillfeather1987!";
        assert_eq!(codes(typed, &policy, &[]), [""; 0]);
        for context in ["Zabrina Quillfeather", "zabrina.quillfeather@example.com"] {
            assert_eq!(codes(typed, &policy, &[context]), ["TOO_GUESSABLE"], "{context}");
        }
    }

    #[test]
    fn what_is_no_password_has_a_rule_too() {
        let rule = |typed: &str| Policy::default().unparsed(Password::parse(typed).err().unwrap());
        assert_eq!(rule(""), BrokenRule::TooShort { min: 8 });
        assert_eq!(rule(&"x".repeat(257)), BrokenRule::TooLong { max: 256 });
        assert_eq!(rule("a\0bcdefghi").code(), "UNUSABLE_CHARACTER");
        assert_eq!(BrokenRule::BreachedPassword.code(), "BREACHED_PASSWORD");
        assert_eq!(rule("").to_string(), "The password needs at least 8 characters.");
    }
}
