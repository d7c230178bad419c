use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

/// RFC 5322 section 3.2.3, with letters, marks and digits of other scripts (RFC 6531).
pub(super) fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_foreign_letter(c)
}

/// What may stand in a domain before IDNA maps it.
pub(super) fn is_label_or_dot(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '.' || is_foreign_letter(c)
}

/// A letter, mark or digit beyond ASCII that can be seen. Symbols and punctuation are not taken,
/// so no twin of `@`, `.` or `,` is (A16).
fn is_foreign_letter(c: char) -> bool {
    let kept =
        GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Mark).union(GeneralCategoryGroup::DecimalNumber);
    !c.is_ascii() && kept.contains(category(c)) && !is_ignorable(c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether letters of Latin, Greek and Cyrillic, which look alike, stand together (A16).
pub(super) fn mixes_look_alike_scripts(text: &str) -> bool {
    let scripts = CodePointMapData::<Script>::new();
    let mut seen = None;
    text.chars()
        .map(|c| scripts.get(c))
        .filter(|script| look_alike(*script))
        .any(|script| *seen.get_or_insert(script) != script)
}

fn look_alike(script: Script) -> bool {
    matches!(script, Script::Latin | Script::Greek | Script::Cyrillic)
}

/// Whether a character has no place in a name: it breaks lines, turns the direction of what
/// follows, or is no character at all.
pub(super) fn is_disruptive(c: char) -> bool {
    let refused = GeneralCategoryGroup::Control
        .union(GeneralCategoryGroup::LineSeparator)
        .union(GeneralCategoryGroup::ParagraphSeparator)
        .union(GeneralCategoryGroup::Unassigned)
        .union(GeneralCategoryGroup::PrivateUse);
    refused.contains(category(c)) || CodePointSetData::new::<BidiControl>().contains(c)
}

/// Whether a reader sees something.
pub(super) fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !is_ignorable(c) && !is_disruptive(c)
}
