//! tidings watches pages that list articles and tells people what is new on them, as feeds and as messages.
//!
//! ARCHITECTURE.md is the map. In short, data goes one way:
//!
//! ```text
//! listing spec ─ schedule ─▶ fetch ─▶ extract ─▶ judge ─▶ diff ─▶ commit ─▶ render ─▶ publish
//! ```
//!
//! Modules import only what stands above them here: [`model`]; then the pure core ([`extract`], [`diff`],
//! [`feed`], [`schedule`], [`delivery`], [`config`], which asks [`net`] whether an address may be reached); then the
//! effects ([`store`], [`publish`], [`serve`], [`net`], [`program`] and [`secret`], and on these [`fetch`] and [`notify`]), which
//! else do not know one another; then [`daemon`] and [`cli`]. What
//! [`store`] and [`publish`] write goes through [`disk`].
//! `tests/it/layers.rs` holds that order.

pub mod model;

pub mod clock;
#[doc(hidden)]
pub mod crashpoint;
pub mod disk;

pub mod config;
pub mod delivery;
pub mod diff;
pub mod extract;
pub mod feed;
pub mod schedule;

pub mod fetch;
pub mod net;
pub mod notify;
pub mod program;
pub mod publish;
pub mod secret;
pub mod serve;
pub mod store;

pub mod cli;
pub mod daemon;
