//! What the scenario tests share: pages to scan, a work folder for the program, and a listing watched in process.

mod feeds;
mod inbox;
mod page;
mod receiver;
mod watch;
mod work;

pub(crate) use feeds::{atom_entries, json_ids, rss_ids};
pub(crate) use inbox::{Inbox, Received, Reply, SECRET};
pub(crate) use page::{Item, Page, item, items};
pub(crate) use receiver::{Receiver, Request, Say};
pub(crate) use watch::{Watch, listing, titles};
pub(crate) use work::Work;
