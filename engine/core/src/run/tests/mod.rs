//! The run machine as a table of promises: a flow as text, scripted outcomes, and what the run made of them.
