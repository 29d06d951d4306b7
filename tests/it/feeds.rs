//! Published bytes, read by programs that did not write them: a strict XML parser, a feed reader, a JSON parser.

mod archives;
mod golden;
mod hostile;
mod pages;
mod read;
mod rules;
mod sample;
