//! Messages to generic targets over real sockets: what a receiver gets, what becomes of what it answers, and what
//! nobody gets to see.

mod answers;
mod receivers;
mod sample;
mod secrets;
