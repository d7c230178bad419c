//! How deeply an expression nests, measured before Cedar sees it.
//!
//! Cedar's parser and what follows it call themselves for each bracket and each operator, without a bound of their own. A
//! text that nests too deeply would overflow the stack, which ends the process. So brackets and operators are counted here
//! first, in one pass over the bytes that calls nothing.

use super::{
    fault::Fault,
    limits::{MAX_BRACKETS, MAX_DEPTH},
};

/// Words that hold an expression inside another as an operator does.
const WORDS: &[&[u8]] = &[b"if", b"then", b"else", b"has", b"like", b"in", b"is", b"when", b"unless"];

/// Operators of two characters, which count once.
const PAIRS: &[&[u8]] = &[b"&&", b"||", b"==", b"!=", b"<=", b">="];

/// How deeply a source nests. One that does so deeper than [`MAX_BRACKETS`] or [`MAX_DEPTH`] is refused.
///
/// What is counted is never less than what Cedar descends: operators that stand side by side count as if each held the next.
///
/// # Errors
/// A [`Fault`] at the bracket or operator that is one too many.
pub fn measure(source: &str) -> Result<usize, Fault> {
    let mut deepest = 0;
    let mut scan = Scan { bytes: source.as_bytes(), at: 0, open: vec![0], depth: 0 };
    while scan.at < scan.bytes.len() {
        let start = scan.at;
        scan.token();
        if scan.open.len() > MAX_BRACKETS + 1 {
            return Err(Fault::at(
                source,
                start,
                format!("at most {MAX_BRACKETS} brackets may stand inside one another"),
            ));
        }
        if scan.depth > MAX_DEPTH {
            let told =
                format!("this is too deep: at most {MAX_DEPTH} brackets and operators may lie inside one another");
            return Err(Fault::at(source, start, told));
        }
        deepest = deepest.max(scan.depth);
    }
    Ok(deepest)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// For each open bracket, and for what stands outside, the operators since the last comma or semicolon in it.
    open: Vec<usize>,
    /// Their sum, and one for each bracket.
    depth: usize,
}

impl Scan<'_> {
    /// Passes one token.
    fn token(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = match rest[0] {
            b'"' => text(rest),
            b'/' if rest.get(1) == Some(&b'/') => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            b'(' | b'[' | b'{' => self.opens(),
            b')' | b']' | b'}' => self.closes(),
            b',' | b';' => self.separates(),
            b'!' | b'-' | b'+' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'&' | b'|' | b'.' => {
                self.operates();
                1 + usize::from(rest.get(..2).is_some_and(|two| PAIRS.contains(&two)))
            }
            byte if is_word(byte) => self.word(rest),
            _ => 1,
        };
        self.at += length;
    }

    /// What stands in a bracket is one deeper, and so is what follows it: `a[0][1]` nests to the left.
    fn opens(&mut self) -> usize {
        self.operates();
        self.open.push(0);
        self.depth += 1;
        1
    }

    fn closes(&mut self) -> usize {
        // A bracket that closes nothing is for the parser to refuse.
        if self.open.len() > 1 {
            self.depth -= 1 + self.open.pop().unwrap_or_default();
        }
        1
    }

    fn separates(&mut self) -> usize {
        if let Some(operators) = self.open.last_mut() {
            self.depth -= std::mem::take(operators);
        }
        1
    }

    fn operates(&mut self) {
        if let Some(operators) = self.open.last_mut() {
            *operators += 1;
            self.depth += 1;
        }
    }

    fn word(&mut self, rest: &[u8]) -> usize {
        let length = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
        if WORDS.contains(&&rest[..length]) {
            self.operates();
        }
        length
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The length of a text in quotes; one without an end goes on to the end.
fn text(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}
