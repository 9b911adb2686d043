//! The host at work on stub connections, a clock that stands still and a store that can be told to refuse.

mod arbitrary;
mod bench;
mod keys;
mod links;
mod polls;
mod probe;
mod recovery;
mod runs;
mod webhook;
