use std::fmt::Write as _;

use minijinja::{HtmlEscape, Value};

/// `email_verification` as people read it; names of few letters without a vowel are abbreviations.
pub(super) fn title(name: &str) -> String {
    if name.len() <= 4 && !name.contains(['a', 'e', 'i', 'o', 'u']) {
        return name.to_uppercase();
    }
    let mut letters = name.replace('_', " ");
    if let Some(first) = letters.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    letters
}

/// Paragraphs, `code` and **strong** of a description; all else is text.
pub(super) fn prose(text: &str) -> Value {
    let mut html = String::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        html.push_str("<p>");
        inline(paragraph, &mut html);
        html.push_str("</p>");
    }
    Value::from_safe_string(html)
}

/// The same for one line without a paragraph around it.
pub(super) fn line(text: &str) -> Value {
    let mut html = String::new();
    inline(text, &mut html);
    Value::from_safe_string(html)
}

fn inline(text: &str, html: &mut String) {
    for (at, piece) in text.split('`').enumerate() {
        // Writing to a string does not fail.
        let _ = if at % 2 == 1 {
            write!(html, "<code>{}</code>", HtmlEscape(piece))
        } else {
            piece.split("**").enumerate().try_for_each(|(at, piece)| match at % 2 {
                1 => write!(html, "<strong>{}</strong>", HtmlEscape(piece)),
                _ => write!(html, "{}", HtmlEscape(piece)),
            })
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_stay_text() {
        let html = prose("One `<b>` **and** <script>\n\nTwo").to_string();
        assert_eq!(html, "<p>One <code>&lt;b&gt;</code> <strong>and</strong> &lt;script&gt;</p><p>Two</p>");
        assert_eq!(title("email_verification"), "Email verification");
        assert_eq!(title("jwt"), "JWT");
    }
}
