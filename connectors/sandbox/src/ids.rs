//! Identifiers drawn from a seed, so that a run with a given seed hands out the same ids again.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// A source of ids. Every draw is new within one sandbox.
pub(crate) struct Ids {
    seed: u64,
    drawn: AtomicU64,
    referrals: AtomicU64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
            referrals: AtomicU64::new(0),
        }
    }

    /// The next number: 1, 2, 3, ...
    pub(crate) fn number(&self) -> u64 {
        self.drawn.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Thirty-two bytes that look random and depend on the seed and the draw only.
    pub(crate) fn bytes(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(self.number().to_be_bytes());
        hash.finalize().into()
    }

    /// A version-4 shaped id; its text is lower case.
    pub(crate) fn guid(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.bytes()[..16]);
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// The id of the next referral. It depends on the referrals made before and on no other draw, so that a saved
    /// event finds its referral however many requests came first.
    pub(crate) fn referral(&self) -> Uuid {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(b"referral");
        hash.update(self.referrals.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// An opaque token text.
    pub(crate) fn token(&self) -> String {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_ids_again() {
        let (one, two, other) = (Ids::new(7), Ids::new(7), Ids::new(8));
        let first = one.guid();
        assert_eq!(first, two.guid());
        assert_ne!(first, one.guid());
        assert_ne!(first, other.guid());
        assert_eq!(first.get_version_num(), 4);
        let referral = one.referral();
        assert_eq!(referral, two.referral(), "other draws do not count");
        assert_ne!(referral, one.referral());
    }
}
