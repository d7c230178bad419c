//! What holds for the whole house, whatever feature is added.

mod statements;
