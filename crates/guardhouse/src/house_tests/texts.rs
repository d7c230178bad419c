//! Every letter and every page says what it should, in text and in HTML.

use std::{collections::BTreeSet, path::Path};

use super::source::{files, root};
use crate::{assembly, testing::TestApp};

#[tokio::test]
async fn every_letter_and_page_renders_with_its_samples_and_nothing_undefined_m15() {
    let app = TestApp::new().await;
    let letters = app.ctx().mail.try_out().unwrap();
    assert!(letters.len() >= assembly::letters().len(), "a letter has no sample");
    let pages = app.ctx().pages.try_out().unwrap();
    assert!(pages.len() >= 2 * assembly::page_templates().len(), "a page has no sample");
    for (text, html) in letters {
        assert!(text.starts_with("Subject: ") && text.contains("auth.example.com"), "{text}");
        assert!(html.ends_with("</html>") && !html.contains("{{") && !html.contains("{%"), "{html}");
    }
    for html in pages {
        assert!(html.ends_with("</html>") && !html.contains("{{") && !html.contains("<script"), "{html}");
    }
}

#[test]
fn every_letter_and_page_is_told_of_in_the_book() {
    let book = std::fs::read_to_string(root().join("book/src/texts.md")).unwrap();
    let letters = assembly::letters().into_iter().map(|letter| letter.name);
    for name in letters.chain(assembly::page_templates().into_iter().map(|page| page.name)) {
        assert!(book.contains(&format!("`{name}`")), "book/src/texts.md does not tell of {name}");
    }
}

/// A text that no feature lists would be found missing by whoever waits for the letter.
#[test]
fn every_text_and_page_is_listed_by_its_feature_m15() {
    let letters: BTreeSet<_> = assembly::letters().iter().map(|letter| letter.name).collect();
    let pages: BTreeSet<_> = assembly::page_templates().iter().map(|page| page.name).collect();
    let mut seen = 0;
    for path in files(&root().join("crates/guardhouse/src/features"), &["html", "txt"]) {
        let name = |part: Option<&std::ffi::OsStr>| part.unwrap().to_string_lossy().into_owned();
        let folder = name(path.parent().and_then(Path::file_name));
        let listed = match folder.as_str() {
            "texts" => letters.contains(&*name(path.file_stem())),
            // The page of the API description stands alone.
            "pages" => pages.contains(&*name(path.file_name())) || path.ends_with("operations/pages/docs.html"),
            _ => false,
        };
        assert!(listed, "{} is listed by no feature, or stands in neither `texts` nor `pages`", path.display());
        seen += 1;
    }
    assert!(seen > 15, "only {seen} texts were found");
}
