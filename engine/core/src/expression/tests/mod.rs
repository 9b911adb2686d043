//! The language as a table of promises: what an author writes and what comes out.

mod fixture;
mod language;
