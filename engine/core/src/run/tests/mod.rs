//! The run machine as a table of promises: a flow as text, scripted outcomes, and what the run made of them.

mod bench;
mod branches;
mod calls;
mod carrier;
mod cut;
mod data;
mod driving;
mod loops;
mod skipping;
mod stopping;
mod variables;
mod view;
