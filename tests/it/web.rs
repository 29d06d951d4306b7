//! Pages over real sockets: what is asked, what is taken for a page, and what is remembered of it.

mod following;
mod indexes;
mod pages;
mod politeness;
mod program;
mod redirects;
mod robots;
mod sample;
mod scans;
mod socks;
mod tls;
mod wire;
