use super::{Argon2Params, FormatError};

/// A hash function and its cost, without salt and result. Two accounts with the same recipe take
/// the same time, so the recipes in use are what [`super::dummy`] chooses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recipe {
    /// RFC 9106.
    Argon2 {
        /// Which of the three.
        kind: Argon2Kind,
        /// Which revision.
        version: Argon2Version,
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over it.
        passes: u32,
        /// Lanes, computed one after another.
        lanes: u32,
    },
    /// bcrypt, versions `2a`, `2b` and `2y`, which agree on passwords up to 72 bytes.
    Bcrypt {
        /// Logarithm of the rounds.
        cost: u8,
        /// What is done to the password first.
        input: BcryptInput,
    },
    /// RFC 7914.
    Scrypt {
        /// Logarithm of N.
        log_n: u8,
        /// Block size.
        r: u32,
        /// Parallelization.
        p: u32,
    },
    /// RFC 8018 section 5.2.
    Pbkdf2 {
        /// The hash under HMAC.
        digest: Digest,
        /// Iterations for each block of the result.
        iterations: u32,
        /// Bytes of the result, which decide how many blocks there are.
        length: u8,
    },
}

/// The variant of Argon2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Argon2Kind {
    /// Argon2id, the one we make.
    Id,
    /// Argon2i.
    I,
    /// Argon2d.
    D,
}

/// The revision of Argon2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Argon2Version {
    /// 1.0, written `v=16` or not at all.
    V10,
    /// 1.3, written `v=19`.
    V13,
}

/// What a system feeds to bcrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BcryptInput {
    /// The password itself; beyond 72 bytes it is refused (A18).
    Plain,
    /// Lower-case hex of its SHA-256 (Django's `bcrypt_sha256`).
    Sha256Hex,
    /// Base64 of its HMAC-SHA-256 under the salt's text (passlib's `bcrypt-sha256`, version 2).
    HmacSha256Base64,
}

/// The hash under PBKDF2's HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// The name of a hash function, for statistics and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Argon2id.
    Argon2id,
    /// Argon2i.
    Argon2i,
    /// Argon2d.
    Argon2d,
    /// bcrypt in all its dresses.
    Bcrypt,
    /// scrypt.
    Scrypt,
    /// PBKDF2 with HMAC-SHA-256.
    Pbkdf2Sha256,
    /// PBKDF2 with HMAC-SHA-512.
    Pbkdf2Sha512,
    /// PBKDF2 with HMAC-SHA-1.
    Pbkdf2Sha1,
}

impl Scheme {
    /// The name in lower case, as it stands in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Argon2id => "argon2id",
            Self::Argon2i => "argon2i",
            Self::Argon2d => "argon2d",
            Self::Bcrypt => "bcrypt",
            Self::Scrypt => "scrypt",
            Self::Pbkdf2Sha256 => "pbkdf2-sha256",
            Self::Pbkdf2Sha512 => "pbkdf2-sha512",
            Self::Pbkdf2Sha1 => "pbkdf2-sha1",
        }
    }
}

/// About two seconds on a current core; each step doubles it.
const MAX_BCRYPT_COST: u8 = 15;
/// N times r: 128 MiB.
const MAX_SCRYPT_MEMORY: u64 = 1 << 20;
/// N times r times p: about a second.
const MAX_SCRYPT_WORK: u64 = 1 << 22;
/// Iterations times blocks: some seconds for SHA-512.
const MAX_PBKDF2_WORK: u64 = 6_000_000;
const MAX_LANES: u32 = 16;

impl Recipe {
    /// The function's name.
    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Argon2 { kind: Argon2Kind::Id, .. } => Scheme::Argon2id,
            Self::Argon2 { kind: Argon2Kind::I, .. } => Scheme::Argon2i,
            Self::Argon2 { kind: Argon2Kind::D, .. } => Scheme::Argon2d,
            Self::Bcrypt { .. } => Scheme::Bcrypt,
            Self::Scrypt { .. } => Scheme::Scrypt,
            Self::Pbkdf2 { digest: Digest::Sha1, .. } => Scheme::Pbkdf2Sha1,
            Self::Pbkdf2 { digest: Digest::Sha256, .. } => Scheme::Pbkdf2Sha256,
            Self::Pbkdf2 { digest: Digest::Sha512, .. } => Scheme::Pbkdf2Sha512,
        }
    }

    /// Whether the cost is one we are ready to pay at each login: a crafted import must buy
    /// neither minutes of processor time nor gigabytes of memory.
    pub(super) fn check(&self) -> Result<(), FormatError> {
        match *self {
            Self::Argon2 { memory_kib, passes, lanes, .. } => check_argon2(memory_kib, passes, lanes),
            Self::Bcrypt { cost, .. } => within(4, cost.into(), MAX_BCRYPT_COST.into()),
            Self::Scrypt { log_n, r, p } => check_scrypt(log_n, r, p),
            Self::Pbkdf2 { digest, iterations, length } => {
                let blocks = u64::from(length).div_ceil(digest.bytes());
                within(1, u64::from(iterations) * blocks, MAX_PBKDF2_WORK)
            }
        }
    }
}

impl Digest {
    fn bytes(self) -> u64 {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

fn check_argon2(memory_kib: u32, passes: u32, lanes: u32) -> Result<(), FormatError> {
    within(1, lanes.into(), MAX_LANES.into())?;
    // RFC 9106 section 3.1: at least 8 KiB for each lane.
    within(8 * u64::from(lanes), memory_kib.into(), Argon2Params::MAX_MEMORY_KIB.into())?;
    within(1, passes.into(), Argon2Params::MAX_PASSES.into())?;
    within(1, u64::from(memory_kib) * u64::from(passes), Argon2Params::MAX_PRODUCT)
}

fn check_scrypt(log_n: u8, r: u32, p: u32) -> Result<(), FormatError> {
    within(1, log_n.into(), 20)?;
    let memory = u64::from(r).saturating_mul(1 << log_n);
    within(2, memory, MAX_SCRYPT_MEMORY)?;
    within(2, memory.saturating_mul(p.into()), MAX_SCRYPT_WORK)
}

fn within(least: u64, value: u64, most: u64) -> Result<(), FormatError> {
    match value {
        _ if value < least => Err(FormatError::Malformed),
        _ if value > most => Err(FormatError::TooExpensive),
        _ => Ok(()),
    }
}
