//! What a file is to its file system: by that, a copy is told from what it is a copy of.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

/// Which file it is: no other file of its file system has both, not even one that got its inode later, and one that is
/// overwritten keeps both. The number of the device is not among it, because it may be another one after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Identity {
    inode: u64,
    /// When it was made, in nanoseconds since 1970.
    born: u64,
}

impl Identity {
    /// Of an open file; `None` where it cannot be relied on.
    pub(super) fn of(file: &File) -> Option<Self> {
        let metadata = file.metadata().ok().filter(|_| is_relied_on(file))?;
        Some(Self { inode: metadata.ino(), born: born(&metadata)? })
    }

    /// Of the file at a path; `None` where there is none, too.
    pub(super) fn at(path: &Path) -> Option<Self> {
        Self::of(&File::open(path).ok()?)
    }
}

/// When a folder was made, in nanoseconds since 1970; `None` where that cannot be relied on.
pub(in super::super) fn birth(folder: &Path) -> Option<u64> {
    let folder = File::open(folder).ok().filter(is_relied_on)?;
    born(&folder.metadata().ok()?)
}

fn born(metadata: &Metadata) -> Option<u64> {
    u64::try_from(metadata.created().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// The file systems of which it is known that a file keeps its inode and the time at which it was made, from one mount
/// to the next: ext4, XFS, Btrfs, tmpfs, F2FS, ZFS, bcachefs, and overlays of them, where what is written is in the
/// upper one. Others make such things up, as FUSE and network file systems may, and to be taken for a copy costs news.
#[cfg(target_os = "linux")]
const RELIED_ON: [u64; 8] =
    [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0xF2F5_2010, 0x2FC1_2FC1, 0xCA45_1A4E, 0x794C_7630];

#[cfg(target_os = "linux")]
fn is_relied_on(file: &File) -> bool {
    // The system's type is signed here and unsigned there; no magic number has more than 32 bits.
    rustix::fs::fstatfs(file).is_ok_and(|found| RELIED_ON.contains(&(found.f_type as u64 & 0xFFFF_FFFF)))
}

#[cfg(not(target_os = "linux"))]
fn is_relied_on(_: &File) -> bool {
    false
}
