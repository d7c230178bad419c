//! Whoever follows a link of ours arrives: each one in a letter or on a page is a row of the route table.

use http::Method;

use super::source::{Token, is_test, sources};
use crate::assembly;

/// `links.to("x")`, `links.page("x", …)` and `links.path("x")` in one file: method and path.
fn links(tokens: &[Token]) -> Vec<(&str, &str)> {
    let link = |window: &'_ [Token]| matches!(window, [Token::Word(links), Token::Mark('.'), Token::Word(_), Token::Mark('('), Token::Text(_)] if links == "links");
    tokens
        .windows(5)
        .filter(|window| link(window))
        .filter_map(|window| match window {
            [_, _, Token::Word(method), _, Token::Text(path)] => Some((method.as_str(), path.as_str())),
            _ => None,
        })
        .collect()
}

/// Whether a path is the row's, whatever stands in its braces.
fn is_of(row: &str, path: &str) -> bool {
    let (row, path): (Vec<_>, Vec<_>) = (row.split('/').collect(), path.split('/').collect());
    row.len() == path.len() && row.iter().zip(&path).all(|(wanted, is)| wanted.starts_with('{') || wanted == is)
}

#[test]
fn every_link_that_letters_and_pages_carry_leads_somewhere_m15_m16() {
    let routes = assembly::routes();
    let mut seen = 0;
    for source in sources("crates/guardhouse/src").iter().filter(|source| !is_test(&source.path)) {
        // The public address itself, for the API description and for telling links of others apart.
        for (method, path) in links(&source.tokens).into_iter().filter(|(_, path)| !path.is_empty()) {
            let path = format!("/{}", path.trim_start_matches('/'));
            // A path alone is where a page's form goes, too.
            let opens = |of: &Method| method == "path" || *of == Method::GET;
            let arrives = routes.iter().any(|route| opens(&route.method) && is_of(route.path, &path));
            assert!(arrives, "{} links to {path}, which is no page", source.path);
            seen += 1;
        }
    }
    assert!(seen >= 8, "the links are no longer found: {seen}");
}

#[test]
fn every_mailed_code_leads_to_a_page_m15_m16() {
    let routes = assembly::routes();
    for purpose in assembly::purposes() {
        let path = format!("/{}", purpose.page);
        let opens = routes.iter().any(|route| route.method == Method::GET && is_of(route.path, &path));
        assert!(opens, "{} leads to {path}, which is no page", purpose.name);
    }
}

#[test]
fn letters_link_by_what_is_handed_to_them_alone_m15() {
    for letter in assembly::letters() {
        let name = letter.name;
        for part in [letter.text, letter.html] {
            assert!(!part.contains("http://") && !part.contains("https://"), "{name} writes an address itself");
            for link in part.split("href=\"").skip(1) {
                let known = ["{{ link }}\"", "{{ help }}\""].iter().any(|known| link.starts_with(known));
                assert!(known, "{name} links to something else than `link` or `help`");
            }
        }
    }
}
