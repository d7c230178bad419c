use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

use super::{Argon2Kind, Argon2Version, Password, PasswordHash, Recipe};
use crate::secret;

/// Cost of new Argon2id hashes (RFC 9106 section 4); one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Params {
    /// Memory in KiB, 8 to [`Argon2Params::MAX_MEMORY_KIB`].
    pub memory_kib: u32,
    /// Passes over the memory, 1 to [`Argon2Params::MAX_PASSES`].
    pub passes: u32,
}

/// A cost outside the bounds of [`Argon2Params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// Memory is below 8 KiB or above the limit.
    #[error("password hash memory must be 8 to {max} KiB", max = Argon2Params::MAX_MEMORY_KIB)]
    Memory,
    /// No pass, or more than the limit.
    #[error("password hash passes must be 1 to {max}", max = Argon2Params::MAX_PASSES)]
    Passes,
    /// Each is allowed, both together are not: memory times passes would take over a second.
    #[error("password hash memory and passes together cost too much")]
    Product,
}

/// Why no hash was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The cost is out of bounds.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// The hash function refused its input.
    #[error("the hash function refused its input")]
    Hash,
}

impl Default for Argon2Params {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2 }
    }
}

impl Argon2Params {
    /// 256 MiB. Several hash at once, so more would be a way to end the server.
    pub const MAX_MEMORY_KIB: u32 = 262_144;
    /// More passes mean too little memory was chosen.
    pub const MAX_PASSES: u32 = 64;
    /// Memory in KiB times passes: about half a second on a current core.
    pub(super) const MAX_PRODUCT: u64 = 1 << 20;

    /// Refuses a cost out of bounds; [`hash`] asks again.
    pub fn check(&self) -> Result<(), ParamsError> {
        if !(Params::MIN_M_COST..=Self::MAX_MEMORY_KIB).contains(&self.memory_kib) {
            return Err(ParamsError::Memory);
        }
        if !(1..=Self::MAX_PASSES).contains(&self.passes) {
            return Err(ParamsError::Passes);
        }
        if u64::from(self.memory_kib) * u64::from(self.passes) > Self::MAX_PRODUCT {
            return Err(ParamsError::Product);
        }
        Ok(())
    }

    pub(super) fn recipe(self) -> Recipe {
        Recipe::Argon2 {
            kind: Argon2Kind::Id,
            version: Argon2Version::V13,
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: 1,
        }
    }
}

/// Argon2 memory of one hashing thread: taken at first need, kept between hashes (a fresh
/// allocation halves the throughput above glibc's mmap threshold), wiped after each.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// Nothing is taken yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Gives the memory back; the next hash takes it anew. For a thread that has been idle.
    pub fn release(&mut self) {
        self.0 = Vec::new();
    }

    /// How many bytes are held now.
    pub fn held_bytes(&self) -> usize {
        self.0.capacity() * Block::SIZE
    }

    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::new());
        }
        &mut self.0[..count]
    }
}

/// Hashes with a fresh 16-byte salt and gives the PHC string with a 32-byte tag.
pub fn hash(password: &Password, params: &Argon2Params, memory: &mut Memory) -> Result<String, HashError> {
    params.check()?;
    let salt = secret::random::<16>().to_vec();
    let mut tag = vec![0; 32];
    let recipe = params.recipe();
    derive(password.as_bytes(), &recipe, &salt, &mut tag, memory).ok_or(HashError::Hash)?;
    Ok(PasswordHash { recipe, salt, tag }.to_phc())
}

/// Fills `tag`; `None` for another recipe or one the function refuses.
pub(super) fn derive(password: &[u8], recipe: &Recipe, salt: &[u8], tag: &mut [u8], memory: &mut Memory) -> Option<()> {
    let &Recipe::Argon2 { kind, version, memory_kib, passes, lanes } = recipe else {
        return None;
    };
    let params = Params::new(memory_kib, passes, lanes, Some(tag.len())).ok()?;
    let blocks = memory.blocks(params.block_count());
    let done = Argon2::new(algorithm(kind), version_of(version), params).hash_password_into_with_memory(
        password,
        salt,
        tag,
        &mut *blocks,
    );
    for block in blocks {
        block.zeroize();
    }
    done.ok()
}

fn algorithm(kind: Argon2Kind) -> Algorithm {
    match kind {
        Argon2Kind::Id => Algorithm::Argon2id,
        Argon2Kind::I => Algorithm::Argon2i,
        Argon2Kind::D => Algorithm::Argon2d,
    }
}

fn version_of(version: Argon2Version) -> Version {
    match version {
        Argon2Version::V10 => Version::V0x10,
        Argon2Version::V13 => Version::V0x13,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9106_section_5_3() {
        let params = argon2::ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .data(argon2::AssociatedData::new(&[4; 12]).unwrap())
            .build()
            .unwrap();
        let mut tag = [0; 32];
        let argon2 = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        argon2.hash_password_into_with_memory(&[1; 32], &[2; 16], &mut tag, Memory::new().blocks(32)).unwrap();
        let hex = data_encoding::HEXLOWER.encode(&tag);
        assert_eq!(hex, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
    }

    #[test]
    fn memory_is_taken_at_need_wiped_and_released() {
        let mut memory = Memory::new();
        assert_eq!(memory.held_bytes(), 0);
        let password = Password::parse("correct horse battery").unwrap();
        hash(&password, &Argon2Params { memory_kib: 64, passes: 1 }, &mut memory).unwrap();
        assert!(memory.held_bytes() >= 64 * 1024);
        assert!(memory.0.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
        memory.release();
        assert_eq!(memory.held_bytes(), 0);
    }

    #[test]
    fn costs_out_of_bounds_are_refused() {
        let check = |memory_kib, passes| Argon2Params { memory_kib, passes }.check();
        assert_eq!(Argon2Params::default().check(), Ok(()));
        assert_eq!(check(7, 2), Err(ParamsError::Memory));
        assert_eq!(check(262_145, 1), Err(ParamsError::Memory));
        assert_eq!(check(19_456, 0), Err(ParamsError::Passes));
        assert_eq!(check(8, 65), Err(ParamsError::Passes));
        assert_eq!(check(262_144, 5), Err(ParamsError::Product));
        let password = Password::parse("correct horse battery").unwrap();
        let refused = hash(&password, &Argon2Params { memory_kib: 4, passes: 1 }, &mut Memory::new());
        assert_eq!(refused, Err(HashError::Params(ParamsError::Memory)));
    }
}
