//! The language as tables of promises: what an author writes and what comes out.

mod collections;
mod conversion;
mod dates;
mod fixture;
mod jsonpath;
mod language;
mod logic;
mod math;
mod robustness;
mod strings;
mod template;
mod uri;
