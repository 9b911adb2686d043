//! The story: calls made as a seller and as Microsoft against the sandbox, so that a newcomer sees the flows work.

mod play;
mod script;

pub(crate) use play::Player;
pub(crate) use script::Script;
