//! What features open before the start, such as files that they read, found by its type.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
};

/// Why a feature does not start: its words name the setting.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

/// See the module.
#[derive(Default)]
pub struct Opened(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Opened {
    /// Adds a part; its type belongs to the feature that adds it.
    pub fn add<T: Any + Send + Sync>(&mut self, part: T) {
        self.0.insert(TypeId::of::<T>(), Box::new(part));
    }

    /// The part of this type.
    ///
    /// # Panics
    /// When no feature added it: a feature that uses a part must open it.
    #[expect(
        clippy::panic,
        reason = "a part that is used and not opened is a mistake in the program, found by its first test"
    )]
    pub fn of<T: Any>(&self) -> &T {
        match self.0.get(&TypeId::of::<T>()).and_then(|part| part.downcast_ref()) {
            Some(part) => part,
            None => panic!("no feature opened `{}`", std::any::type_name::<T>()),
        }
    }
}
