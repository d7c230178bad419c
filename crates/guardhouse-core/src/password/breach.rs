use aws_lc_rs::digest;
use data_encoding::HEXUPPER;

use super::Password;

/// SHA-1 of the password in upper-case hex, as the range interface of Have I Been Pwned asks for
/// it: the five characters that are sent, and the 35 that stay here.
pub fn sha1_range(password: &Password) -> (String, String) {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let mut prefix = HEXUPPER.encode(digest.as_ref());
    let suffix = prefix.split_off(5);
    (prefix, suffix)
}

/// How often the password with this `suffix` was seen in breaches, from an answer of lines
/// `SUFFIX:COUNT`. Zero where it is not listed; padding lines have a count of zero and so say
/// nothing. Lines of another shape are passed over.
pub fn parse_range_answer(answer: &str, suffix: &str) -> u64 {
    let counts = answer.lines().filter_map(|line| {
        let (listed, count) = line.trim().split_once(':')?;
        listed.eq_ignore_ascii_case(suffix).then(|| count.trim().parse().ok())?
    });
    counts.max().unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn range_and_answer_6_2_12() {
        let (prefix, suffix) = sha1_range(&Password::parse("password").unwrap());
        assert_eq!((prefix.as_str(), suffix.as_str()), ("5BAA6", "1E4C9B93F3F0682250B6CF8331B7EE68FD8"));
        let answer = "003D68EB55068C33ACE09247EE4C639306B:3\r\n1e4c9b93f3f0682250b6cf8331b7ee68fd8:9659365\r\n";
        assert_eq!(parse_range_answer(answer, &suffix), 9_659_365);
        assert_eq!(parse_range_answer("003D68EB55068C33ACE09247EE4C639306B:3", &suffix), 0);
    }

    #[test]
    fn padding_and_rubbish_say_nothing() {
        let (_, suffix) = sha1_range(&Password::parse("password").unwrap());
        for answer in [format!("{suffix}:0"), suffix.clone(), format!("{suffix}:many"), "<html>".into()] {
            assert_eq!(parse_range_answer(&answer, &suffix), 0, "{answer}");
        }
    }
}
