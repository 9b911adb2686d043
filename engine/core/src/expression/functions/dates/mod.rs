//! Dates: reading them, writing them, moving them between zones, and the functions over all that.

mod calls;
mod format;
mod pattern;
mod read;
mod stamp;
mod zones;

pub(super) use calls::FUNCTIONS;
pub(crate) use zones::time_zone;
#[cfg(test)]
pub(crate) use zones::windows_names;
