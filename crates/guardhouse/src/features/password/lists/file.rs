use std::{
    fs::File,
    io::{Error, ErrorKind, Read as _, Result, Seek as _, SeekFrom},
    path::PathBuf,
};

/// Hexadecimal characters of a SHA-1 digest.
const DIGEST: usize = 40;
/// No line is longer: a digest, a colon, a count.
const LINE: u64 = 128;
/// What is read in one go once the search has come so near.
const NEAR: u64 = 4096;

/// A file of lines `DIGEST:COUNT` sorted by digest, as the downloader of Have I Been Pwned writes it. It may be far
/// larger than memory: it is searched where it lies, and opened for each search so that it can be replaced.
#[derive(Clone)]
pub(super) struct DigestFile(PathBuf);

impl DigestFile {
    /// Looks at the ends of the file: both must be digests, and in order.
    pub(super) fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let this = Self(path.into());
        let mut file = File::open(&this.0)?;
        let length = file.metadata()?.len();
        let first = digest(&read(&mut file, 0, LINE)?)?;
        let tail = read(&mut file, length.saturating_sub(LINE), LINE)?;
        let last = tail.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        if digest(last)? < first {
            return Err(Error::new(ErrorKind::InvalidData, "the lines are not sorted by digest"));
        }
        Ok(this)
    }

    /// Whether a line begins with the digest, given in upper case.
    pub(super) fn contains(&self, wanted: &str) -> Result<bool> {
        let mut file = File::open(&self.0)?;
        let (mut low, mut high) = (0, file.metadata()?.len());
        while high - low > NEAR {
            let middle = low + (high - low) / 2;
            let piece = read(&mut file, middle, 2 * LINE)?;
            let end = piece.iter().position(|byte| *byte == b'\n').filter(|end| *end < 128).ok_or_else(no_digest)?;
            let start = middle + end as u64 + 1;
            match digest(&piece[end + 1..])?.as_str().cmp(wanted) {
                std::cmp::Ordering::Less => low = start,
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Greater => high = start,
            }
        }
        let lines = read(&mut file, low, high - low)?;
        let mut digests = lines.split(|byte| *byte == b'\n').filter_map(|line| digest(line).ok());
        Ok(digests.any(|digest| digest == wanted))
    }
}

fn read(file: &mut File, from: u64, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The digest that a line begins with, in upper case.
fn digest(line: &[u8]) -> Result<String> {
    let (hex, rest) = line.split_at_checked(DIGEST).ok_or_else(no_digest)?;
    let ends = rest.first().is_none_or(|next| b":\r\n".contains(next));
    if !ends || !hex.iter().all(u8::is_ascii_hexdigit) {
        return Err(no_digest());
    }
    Ok(String::from_utf8_lossy(hex).to_ascii_uppercase())
}

fn no_digest() -> Error {
    Error::new(ErrorKind::InvalidData, "a line is not `SHA1:COUNT`")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("guardhouse-digests-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn every_line_of_a_large_file_is_found_and_no_other_6_2_12() {
        let line = |n: u32| format!("{:08X}{:032X}", n.wrapping_mul(7), n);
        for end in ["\n", "\r\n"] {
            let text = (0..3000).map(|n| format!("{}:{n}", line(n))).collect::<Vec<_>>().join(end);
            let path = file(if end == "\n" { "lf" } else { "crlf" }, &text);
            let digests = DigestFile::open(&path).unwrap();
            for n in 0..3000 {
                assert!(digests.contains(&line(n)).unwrap(), "{n}");
                assert!(!digests.contains(&format!("{:08X}{:032X}", n * 7 + 1, n)).unwrap(), "{n}");
            }
            assert!(!digests.contains(&"F".repeat(40)).unwrap() && !digests.contains(&"0".repeat(39)).unwrap());
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn what_is_no_sorted_list_of_digests_is_refused_at_the_start() {
        let digest = |c: &str| c.repeat(40);
        for (name, text) in [
            ("empty", String::new()),
            ("words", "password\nletmein\n".to_owned()),
            ("ntlm", format!("{}:1\n", "A".repeat(32))),
            ("unsorted", format!("{}:1\n{}:1\n", digest("B"), digest("A"))),
        ] {
            let path = file(name, &text);
            assert!(DigestFile::open(&path).is_err(), "{name}");
            fs::remove_file(path).unwrap();
        }
        let path = file("short", &format!("{}\n{}:1", digest("a"), digest("B")));
        let small = DigestFile::open(&path).unwrap();
        assert!(small.contains(&digest("A")).unwrap() && small.contains(&digest("B")).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(small.contains(&digest("A")).is_err() && DigestFile::open(&path).is_err());
    }
}
