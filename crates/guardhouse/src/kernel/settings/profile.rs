//! How careful the server is by default.

use serde::{Deserialize, Serialize};

/// A set of defaults, each stricter than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// For the developer's own machine: loopback only, mail kept for reading, keys made on the spot.
    #[default]
    Development,
    /// For the world.
    Production,
    /// For the world, with every rule on that costs some convenience.
    Hardened,
}

impl Profile {
    /// All, the mildest first.
    pub const ALL: [Self; 3] = [Self::Development, Self::Production, Self::Hardened];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
            Self::Hardened => "hardened",
        }
    }

    /// Whether this is the developer's own machine.
    pub fn is_development(self) -> bool {
        self == Self::Development
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
