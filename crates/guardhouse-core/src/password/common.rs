/// Lower-case, sorted by bytes, one entry a line. Where it comes from: the module's docs.
const LIST: &str = include_str!("common.txt");

/// Whether the lower-cased password stands in the built-in list.
pub(super) fn contains(lower: &str) -> bool {
    find(LIST.as_bytes(), lower.as_bytes())
}

/// Binary search over the lines of `list`, so that no table of 40,000 pointers is built.
fn find(list: &[u8], wanted: &[u8]) -> bool {
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = list[low..middle].iter().rposition(|byte| *byte == b'\n').map_or(low, |at| low + at + 1);
        let end = list[middle..high].iter().position(|byte| *byte == b'\n').map_or(high, |at| middle + at);
        match list[start..end].cmp(wanted) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_sorted_and_large_enough_6_2_4() {
        let entries: Vec<&str> = LIST.lines().collect();
        assert!(entries.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(entries.iter().all(|entry| !entry.is_empty() && entry.to_lowercase() == **entry));
        assert!(entries.len() >= 10_000);
        assert!(entries.iter().filter(|entry| entry.chars().count() >= 8).count() >= 10_000);
        assert!(entries.iter().all(|entry| contains(entry)));
    }

    #[test]
    fn only_whole_lines_are_found() {
        for absent in
            ["", "asswor", "password1\npassword10", "assword12", "password\n", "zzzzzzzzzzzzzzz9", "!!!!!!!!!!!x"]
        {
            assert!(!contains(absent), "{absent:?}");
        }
        assert!(find(b"a", b"a") && !find(b"", b"a") && find(b"a\nb", b"b") && find(b"\na\n", b"a"));
    }
}
