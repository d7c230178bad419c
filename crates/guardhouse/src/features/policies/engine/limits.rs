//! What policies and questions may measure. Each bound has its reason; none is a setting, since each protects the server.

/// Bytes of one policy's source, or of the schema: far more than people read, and parsed in a few milliseconds.
pub const MAX_SOURCE: usize = 64 * 1024;

/// Statements (`permit` and `forbid`) of all policies together. Each costs about a microsecond where it concerns the
/// question, so a decision stays within a millisecond or two.
pub const MAX_STATEMENTS: usize = 1_000;

/// Brackets inside one another. Cedar's parser calls itself about ten times for each.
pub const MAX_BRACKETS: usize = 30;

/// Brackets and operators that an expression may lie under: what the parser, the validator and the evaluator descend.
pub const MAX_DEPTH: usize = 200;

/// Above this depth a policy is evaluated on a stack of its own: what answers requests has 2 MiB, which a build without
/// optimization fills at about twice this.
pub const COMMON_DEPTH: usize = 40;

/// That stack: twice what [`MAX_DEPTH`] fills in a build without optimization.
pub const EVALUATOR_STACK: usize = 8 * 1024 * 1024;

/// Objects and lists inside one another, in properties and context.
pub const MAX_JSON_DEPTH: usize = 16;

/// Members of one object, or entries of one list, in properties and context.
pub const MAX_JSON_MEMBERS: usize = 256;

/// Bytes of the properties of one entity, or of a context.
pub const MAX_JSON_BYTES: usize = 64 * 1024;

/// Bytes of an entity's type.
pub const MAX_TYPE: usize = 128;

/// Bytes of an entity's id.
pub const MAX_ID: usize = 1024;

/// Bytes of an action's name.
pub const MAX_ACTION: usize = 256;

/// The stack on which policies are parsed and validated: several times what [`MAX_BRACKETS`] and [`MAX_DEPTH`] need in a
/// build without optimization.
pub const PARSER_STACK: usize = 32 * 1024 * 1024;

/// Statements in all slices that are kept prepared, which bounds the memory they take.
pub const SLICED_STATEMENTS: u64 = 20_000;
