//! Killing the program, at random moments and at every place that the source names, and looking at what is left.
//!
//! The number of random kills is `TIDINGS_CRASH_ROUNDS` (200), their seed `TIDINGS_CRASH_SEED`.

mod audit;
mod places;
mod random;
mod world;

pub(crate) use world::Dice;
