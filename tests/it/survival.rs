//! What a disk, a machine or a hand can do to a data folder while nobody looks, and what becomes of it.

mod bench;
mod beside;
mod damage;
mod disk;
mod nth;
mod power;
