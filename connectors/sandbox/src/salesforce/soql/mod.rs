//! SOQL: text to tokens, tokens to a query, a query bound to the schema, the bound query carried out on rows.

mod ast;
mod bind;
mod columns;
mod condition;
mod lex;
mod literal;
mod parse;
mod run;

pub(crate) use run::{Paging, prepare};
