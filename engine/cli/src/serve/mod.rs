//! The door for webhooks: one listener of its own, which knows nothing but flows' addresses.

mod webhooks;

pub(crate) use webhooks::bind;
