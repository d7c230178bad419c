//! The stable codes of the HTTP contract: one that changes or goes away breaks callers.

use std::fmt::Write as _;

use crate::kernel::errors::Code;

#[test]
fn codes_and_their_statuses_are_these() {
    let mut table = String::new();
    for code in Code::ALL {
        writeln!(table, "{} {}", code.status().as_u16(), code.as_str()).unwrap();
    }
    insta::assert_snapshot!(table);
}
