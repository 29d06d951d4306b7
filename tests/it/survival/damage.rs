//! The store's files are harmed in every way we know of; each time it ends whole, or rebuilt, or refused with its
//! reason, and nobody is told anything by that.
//!
//! What is harmed is drawn from a seed, which a failing test prints. `TIDINGS_DAMAGE_SEED` sets it, and
//! `TIDINGS_DAMAGE_TIMES` multiplies the rounds (1).

mod bench;
mod folders;
mod index;
mod journal;
mod life;
mod running;
mod size;
mod state;
