//! `tidings init`: a config to begin with.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::args::{Global, InitArgs};
use super::exit::{Exit, Failure};
use super::output::Output;
use crate::config;

/// What is written.
pub(super) const CONFIG: &str = "\
# tidings watches pages that list articles, and publishes what is new on them as feeds.
#
# `tidings check` says whether this file is good, `tidings preview URL|FILE` how a page would be read;
# `tidings add URL|FILE` appends a listing for it, and `tidings run` begins. Relative paths are against the working directory.

# What is remembered and what is published.
data_dir = \"./var\"

# What readers see.
[site]
title = \"What is new\"
base_url = \"http://127.0.0.1:7878\"  # where readers find what is published

# Where it is served; `listen = false` publishes files only.
[serve]
listen = \"127.0.0.1:7878\"

# What is watched: one [[listing]] for each. Take the marks off these lines and name a page of yours.
#
# [[listing]]
# id = \"my-listing\"                  # a-z, 0-9 and `-`; its name in commands and feeds
# title = \"My listing\"
# files = [\"pages/my-listing-*.txt\"] # its pages, in natural order
# site = \"my-site\"                   # listings of one site share their articles
# tags = [\"Databases\"]               # tags that every article on it has
# every = \"30m\"                      # or schedule = \"*/30 * * * *\"

# A view is a feed of its own, defined by a filter: feeds/views/storage.rss, .atom and .json.
#
# [[view]]
# id = \"storage\"
# title = \"Storage\"
# when = { any = [{ tags = [\"Database*\"] }, { text = \"storage\" }] }

# A target is told of what is new, or of a part of it: a chat, a mailbox, a program, or an address of your own
# (kind = \"generic\", which needs a `secret`, too). `tidings target test alerts` sends it a message at once.
#
# [[target]]
# id = \"alerts\"
# kind = \"slack\"                    # or discord, teams, telegram, matrix, ntfy, email, …
# url = { env = \"SLACK_WEBHOOK\" }   # or { file = \"…\" }, { credential = \"…\" }
# when = { tags = [\"Kafka\"] }       # without it: everything
";

/// Writes the config where `--config` says, or where it is looked for first.
pub(super) fn init(global: &Global, args: &InitArgs, output: &Output) -> Result<Exit, Failure> {
    let places = config::places(global.config.as_deref(), None);
    let Some(path) = places.first() else {
        return Err(Failure::new(Exit::Bug, "there is no place for a config"));
    };
    write(path, CONFIG, args.force).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(Exit::Output, format!("{} is there already", path.display()))
                .hint("--force replaces it; --config FILE writes another one")
        }
        _ => Failure::new(Exit::Output, format!("cannot write {}: {error}", path.display())),
    })?;
    output.line(&format!(
        "wrote {}; `tidings add URL|FILE` names a page in it, and `tidings check` says whether it is good",
        path.display()
    ))?;
    Ok(Exit::Done)
}

/// Writes a config with its folder; one that is there is replaced where `force` says so, else an error.
pub(super) fn write(path: &Path, text: &str, force: bool) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    options.write(true).open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn config_to_begin_with_is_good_with_its_examples_too() {
        let check = |text: &str| config::parse(text, Path::new("tidings.toml"), &Environment::default());
        assert!(check(CONFIG).is_ok());
        let examples = CONFIG.replace("# [[", "[[").replace("\n# id", "\nid").replace("\n# title", "\ntitle");
        let mut examples = examples.replace("\n# files", "\nfiles").replace("\n# site", "\nsite");
        for key in ["tags", "every", "when", "url", "kind"] {
            examples = examples.replace(&format!("\n# {key} ="), &format!("\n{key} ="));
        }
        let config = check(&examples).expect("good").config;
        assert_eq!((config.listings.len(), config.views.len(), config.targets.len()), (1, 1, 1));
    }
}
