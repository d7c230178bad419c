//! Through HTTP, as a caller would.
