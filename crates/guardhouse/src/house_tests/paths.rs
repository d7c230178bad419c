//! Which paths a source file names: `use` lines and paths written out, resolved to the crate's root.

use std::collections::BTreeSet;

use super::source::{Source, Token};

/// A path that starts at `crate`, without that word.
pub(super) type Path = Vec<String>;

/// What a file names, apart from its tests.
pub(super) struct Named {
    /// Where the file stands: `src/a/b.rs` is `a::b`.
    pub module: Path,
    /// Every path of this crate that it names.
    pub paths: Vec<Path>,
    /// Modules declared for tests alone.
    pub test_modules: BTreeSet<Path>,
}

/// Reads a file of `crates/NAME/src`.
pub(super) fn named(source: &Source) -> Named {
    let module = module_of(&source.path);
    let mut reader = Reader {
        tokens: &source.tokens,
        at: 0,
        inside: vec![],
        depth: 0,
        named: Named { module: module.clone(), paths: vec![], test_modules: BTreeSet::new() },
    };
    reader.read();
    reader.named
}

fn module_of(path: &str) -> Path {
    let (_, inside) = path.split_once("/src/").expect("a source file");
    let mut parts: Path = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Inline modules around this place, each with the depth at which it closes and whether it is for tests.
    inside: Vec<(String, usize, bool)>,
    depth: usize,
    named: Named,
}

impl Reader<'_> {
    fn word(&self, at: usize) -> &str {
        match self.tokens.get(at) {
            Some(Token::Word(word)) => word,
            _ => "",
        }
    }

    fn mark(&self, at: usize, wanted: char) -> bool {
        self.tokens.get(at) == Some(&Token::Mark(wanted))
    }

    fn read(&mut self) {
        let mut for_tests = false;
        while self.at < self.tokens.len() {
            let at = self.at;
            if self.mark(at, '#') && self.mark(at + 1, '[') {
                for_tests |= self.attribute();
                continue;
            }
            match self.word(at).to_owned().as_str() {
                "mod" => {
                    self.module(for_tests);
                    for_tests = false;
                }
                "crate" | "super" | "self" if !self.mark(at.wrapping_sub(1), ':') => {
                    let tree = self.tree();
                    if !self.inside.iter().any(|(_, _, tests)| *tests) && !for_tests {
                        self.named.paths.extend(tree);
                    }
                    for_tests &= !self.mark(self.at, ';');
                }
                _ => {
                    self.depth += usize::from(self.mark(at, '{'));
                    if self.mark(at, '}') {
                        self.depth = self.depth.saturating_sub(1);
                        let depth = self.depth;
                        self.inside.retain(|(_, closes, _)| *closes < depth);
                    }
                    for_tests &= !(self.mark(at, ';') || self.mark(at, '}'));
                    self.at += 1;
                }
            }
        }
    }

    /// Skips `#[…]`; whether it says `cfg(test`.
    fn attribute(&mut self) -> bool {
        let start = self.at;
        let mut depth = 0;
        loop {
            depth += i32::from(self.mark(self.at, '['));
            depth -= i32::from(self.mark(self.at, ']'));
            self.at += 1;
            if (depth == 0 && self.at > start + 1) || self.at >= self.tokens.len() {
                break;
            }
        }
        let is_cfg = self.word(start + 2) == "cfg";
        is_cfg && (start..self.at).any(|at| self.word(at) == "test")
    }

    fn module(&mut self, for_tests: bool) {
        let name = self.word(self.at + 1).to_owned();
        if self.mark(self.at + 2, '{') {
            self.inside.push((name, self.depth, for_tests));
            self.depth += 1;
        } else if for_tests {
            let mut path = self.here();
            path.push(name);
            self.named.test_modules.insert(path);
        }
        self.at += 3;
    }

    fn here(&self) -> Path {
        let inline = self.inside.iter().map(|(name, _, _)| name.clone());
        self.named.module.iter().cloned().chain(inline).collect()
    }

    /// A path or a tree of them, from the word that roots it on.
    fn tree(&mut self) -> Vec<Path> {
        let mut base = if self.word(self.at) == "crate" { vec![] } else { self.here() };
        while matches!(self.word(self.at), "crate" | "self" | "super") {
            if self.word(self.at) == "super" {
                base.pop();
            }
            if !(self.mark(self.at + 1, ':') && self.mark(self.at + 2, ':')) {
                self.at += 1;
                return vec![];
            }
            self.at += 3;
        }
        let mut found = Vec::new();
        self.branches(&base, &mut found);
        found
    }

    fn branches(&mut self, base: &Path, found: &mut Vec<Path>) {
        let mut path = base.clone();
        loop {
            if self.mark(self.at, '{') {
                self.at += 1;
                while self.at < self.tokens.len() && !self.mark(self.at, '}') {
                    if self.mark(self.at, ',') {
                        self.at += 1;
                    } else {
                        self.branches(&path, found);
                    }
                }
                self.at += 1;
                return;
            }
            if self.word(self.at).is_empty() && !self.mark(self.at, '*') {
                break;
            }
            let word = self.word(self.at).to_owned();
            self.at += 1;
            if word != "self" && !word.is_empty() {
                path.push(word);
            }
            if self.word(self.at) == "as" {
                self.at += 2;
            }
            if !(self.mark(self.at, ':') && self.mark(self.at + 1, ':')) {
                break;
            }
            self.at += 2;
        }
        found.push(path);
    }
}

#[cfg(test)]
mod tests {
    use super::{Named, named};
    use crate::house_tests::source::{Source, tokens};

    fn read(path: &str, text: &str) -> Named {
        named(&Source { path: path.to_owned(), tokens: tokens(text), text: text.to_owned() })
    }

    #[test]
    fn trees_supers_and_inline_modules_are_followed() {
        let text = "use crate::{a::{self, b as c}, d::*}; mod m { use super::e; } fn f() { super::g::h(1) } \
                    #[cfg(test)] mod tests { use super::x; } #[cfg(test)] mod other; use super::super::i;";
        let named = read("crates/x/src/p/q.rs", text);
        let paths: Vec<String> = named.paths.iter().map(|path| path.join("::")).collect();
        assert_eq!(paths, ["a", "a::b", "d", "p::q::e", "p::g::h", "i"]);
        assert!(named.test_modules.contains(&vec!["p".to_owned(), "q".to_owned(), "other".to_owned()]));
    }
}
