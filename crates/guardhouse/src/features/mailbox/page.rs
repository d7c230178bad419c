use std::fmt::Write as _;

use minijinja::HtmlEscape;

use crate::kernel::mail::Posted;

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Mailbox</title>\
    <meta name=\"viewport\" content=\"width=device-width\"><style>\
    body{font:16px/1.5 system-ui,sans-serif;max-width:50em;margin:2em auto;padding:0 1em}\
    details{border:1px solid #ccc;border-radius:6px;margin:1em 0;padding:.5em 1em}\
    pre{white-space:pre-wrap;overflow-wrap:anywhere}iframe{width:100%;height:30em;border:1px solid #ccc}\
    small{color:#555}</style></head><body><h1>Mailbox</h1>";

/// A page without scripts. A letter's HTML stands in a frame that may do nothing but open its links
/// in another tab.
pub(super) fn render(letters: &[Posted]) -> String {
    let mut page = HEAD.to_owned();
    if letters.is_empty() {
        page.push_str("<p>No letters yet.</p>");
    }
    for letter in letters {
        // Writing to a string does not fail.
        let _ = write!(
            page,
            "<details><summary>{} <small>to {} at {}</small></summary><pre>{}</pre>\
             <iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" title=\"The letter as HTML\" srcdoc=\"{}\"></iframe></details>",
            HtmlEscape(&letter.subject),
            HtmlEscape(&letter.to),
            letter.sent_at,
            HtmlEscape(&letter.text),
            HtmlEscape(&letter.html),
        );
    }
    page.push_str("</body></html>");
    page
}

#[cfg(test)]
mod tests {
    use guardhouse_core::{ids::LetterId, time::Timestamp};

    use super::*;

    #[test]
    fn nothing_in_a_letter_becomes_part_of_the_page_d3() {
        let evil = "</pre><script>alert(1)</script>\"><img src=x>".to_owned();
        let letter = Posted {
            id: LetterId::new(Timestamp(0)),
            to: evil.clone(),
            subject: evil.clone(),
            text: evil.clone(),
            html: evil,
            sent_at: Timestamp(0),
        };
        let page = render(&[letter]);
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;").count(), 4);
    }
}
