//! Closed files of the journal: those that nothing is appended to any more. They are compressed in the background.
//!
//! `0007.jsonl` becomes `0007.jsonl.gz`, which has the same text, and of which any place can be read without the
//! rest. The new one is written whole, read back, and made durable before it gets its name; only then does the old
//! one go. So of each file there is always a whole one, and while there are two, the plain one counts.

mod gzip;
mod keeper;
mod recent;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek as _, SeekFrom, Write};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::gzip::{Gzip, Packer, Reader};
use self::recent::Recent;
use super::dump::snapshot;
use super::journal;
use crate::disk::{Disk, Temp};

pub(super) use keeper::Keeper;

/// What the name of a compressed file has in addition.
pub(super) const ENDING: &str = ".gz";

/// How the name of a file begins that is being written.
const UNFINISHED: &str = ".closing-";

/// The same of a snapshot, which is read before it gets its name.
pub(super) const UNNAMED: &str = ".snapshot-";

/// How many files of a journal are held open at most.
const OPEN: usize = 64;

/// With this bit, the number of a file is that of a snapshot, which stands for the files up to that number.
pub(super) const SNAPSHOT: u32 = 1 << 31;

/// The name of a file of the journal, or of a snapshot in it, that is not compressed.
fn name(number: u32) -> String {
    if number & SNAPSHOT == 0 { journal::name(number) } else { snapshot::name(number & !SNAPSHOT) }
}

/// The number of the file of a journal that has that name, compressed or not.
pub(super) fn number_of(name: &std::ffi::OsStr) -> Option<u32> {
    let name = name.to_str()?;
    let stem = name.strip_suffix(ENDING).unwrap_or(name).strip_suffix(".jsonl")?;
    match stem.strip_suffix(".snapshot") {
        Some(stem) => stem.parse().ok().map(|number: u32| number | SNAPSHOT),
        None => stem.parse().ok(),
    }
}

/// The path of a journal file once it is compressed.
pub(super) fn packed(folder: &Path, number: u32) -> PathBuf {
    folder.join(name(number) + ENDING)
}

/// The path of a journal file as it is now.
pub(super) fn path(folder: &Path, number: u32) -> PathBuf {
    let (plain, packed) = (folder.join(name(number)), packed(folder, number));
    if !plain.exists() && packed.exists() { packed } else { plain }
}

/// A journal file, plain or compressed.
#[derive(Debug)]
pub(super) enum Source {
    /// As it was written.
    Plain(File),
    /// Compressed.
    Packed(Gzip),
}

impl Source {
    /// Opens a file of the journal in `folder`. With `lossy`, what is damaged of a compressed one reads as NULs.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`], [`io::ErrorKind::InvalidData`], and what else the system says.
    pub(super) fn open(folder: &Path, number: u32, lossy: bool) -> io::Result<Self> {
        match File::open(folder.join(name(number))) {
            // The other one has its name before this one loses its.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = File::open(packed(folder, number))?;
                Ok(Self::Packed(if lossy { Gzip::whatever(file)? } else { Gzip::open(file)? }))
            }
            opened => opened.map(Self::Plain),
        }
    }

    /// The same, with what is unpacked of it kept among the others.
    fn sharing(self, recent: &Arc<Recent>) -> Self {
        match self {
            Self::Packed(gzip) => Self::Packed(gzip.sharing(recent)),
            plain @ Self::Plain(_) => plain,
        }
    }

    /// How long the text is.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn length(&self) -> io::Result<u64> {
        match self {
            Self::Plain(file) => Ok(file.metadata()?.len()),
            Self::Packed(gzip) => Ok(gzip.length()),
        }
    }

    /// Whether the file has lost its name since: it is compressed now, and only open handles keep it on the disk.
    fn is_gone(&self) -> bool {
        match self {
            Self::Plain(file) => file.metadata().is_ok_and(|metadata| metadata.nlink() == 0),
            Self::Packed(gzip) => gzip.is_gone(),
        }
    }

    /// A stretch of the text.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the text is shorter, [`io::ErrorKind::InvalidData`], and what else the
    /// system says.
    pub(super) fn read_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain(file) => {
                let mut bytes = vec![0; len];
                file.read_exact_at(&mut bytes, offset)?;
                Ok(bytes)
            }
            Self::Packed(gzip) => gzip.read_at(offset, len),
        }
    }

    /// The text from a place on. What is damaged ends it with [`io::ErrorKind::InvalidData`], unless it is `lossy`.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn text(self, offset: u64, lossy: bool) -> io::Result<Box<dyn BufRead>> {
        match self {
            Self::Plain(mut file) => {
                file.seek(SeekFrom::Start(offset))?;
                Ok(Box::new(BufReader::with_capacity(1 << 18, file)))
            }
            Self::Packed(gzip) => Ok(Box::new(Reader::new(gzip, offset, lossy)?)),
        }
    }
}

/// The files of a journal, for reading places in them. Any number of threads may.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    open: Mutex<Open>,
    recent: Arc<Recent>,
    /// A file that may have no name yet, and stays open.
    given: OnceLock<(u32, Source)>,
}

#[derive(Debug, Default)]
struct Open {
    files: HashMap<u32, (Arc<Source>, u64)>,
    /// Counts what was asked for, so that what was not for the longest time can go.
    clock: u64,
}

impl Files {
    /// The files of the journal in a folder.
    pub(super) fn new(journal_folder: &Path) -> Self {
        let (open, recent) = (Mutex::default(), Arc::default());
        Self { folder: journal_folder.to_owned(), open, recent, given: OnceLock::new() }
    }

    /// Reads the file with that number here from now on, be it that it has no name yet. Only the first one counts.
    pub(super) fn give(&self, number: u32, source: Source) {
        let _ = self.given.set((number, source.sharing(&self.recent)));
    }

    /// Where a file of the journal is now; for messages.
    pub(super) fn path(&self, number: u32) -> PathBuf {
        path(&self.folder, number)
    }

    /// A stretch of the text of a file.
    ///
    /// # Errors
    /// As [`Source::open`] and [`Source::read_at`].
    pub(super) fn read(&self, number: u32, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        if let Some((_, source)) = self.given.get().filter(|(given, _)| *given == number) {
            return source.read_at(offset, len);
        }
        let known = {
            let mut open = self.lock();
            open.clock += 1;
            let now = open.clock;
            open.files.get_mut(&number).map(|(file, used)| {
                *used = now;
                Arc::clone(file)
            })
        };
        if let Some(known) = known.filter(|known| !known.is_gone()) {
            return known.read_at(offset, len);
        }
        let file = Arc::new(Source::open(&self.folder, number, false)?.sharing(&self.recent));
        let mut open = self.lock();
        open.files.retain(|_, (file, _)| !file.is_gone());
        if open.files.len() >= OPEN
            && let Some(oldest) = open.files.iter().min_by_key(|(_, (_, used))| *used).map(|(file, _)| *file)
        {
            open.files.remove(&oldest);
        }
        let now = open.clock;
        open.files.insert(number, (Arc::clone(&file), now));
        drop(open);
        file.read_at(offset, len)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A compressed file in the making. Gone again unless it is finished.
#[derive(Debug)]
pub(super) struct Packing {
    packer: Packer<BufWriter<Temp>>,
    disk: Disk,
    folder: PathBuf,
    /// CRC-32C of the text so far.
    crc: u32,
}

/// A compressed file that is whole and durable, and has no name yet. Gone again unless it gets one.
#[derive(Debug)]
pub(super) struct Packed {
    temp: Temp,
    disk: Disk,
    folder: PathBuf,
}

impl Packing {
    /// Begins one in the folder of a journal.
    ///
    /// # Errors
    /// What the system says; so with all calls here.
    pub(super) fn begin(disk: &Disk, folder: &Path) -> io::Result<Self> {
        Self::begin_as(disk, folder, UNFINISHED)
    }

    /// Begins that of a snapshot.
    pub(super) fn begin_snapshot(disk: &Disk, folder: &Path) -> io::Result<Self> {
        Self::begin_as(disk, folder, UNNAMED)
    }

    fn begin_as(disk: &Disk, folder: &Path, prefix: &str) -> io::Result<Self> {
        let out = BufWriter::with_capacity(1 << 18, disk.temp_in(folder, prefix, "")?);
        Ok(Self { packer: Packer::new(out), disk: disk.clone(), folder: folder.to_owned(), crc: 0 })
    }

    /// Makes it durable, and reads it back.
    pub(super) fn finish(self) -> io::Result<Packed> {
        let temp = self.packer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        temp.sync()?;
        let packed = Packed { temp, disk: self.disk, folder: self.folder };
        // Whatever is wrong with memory, disk or compressor: the truth is not let go before it can be read again.
        let mut text = packed.source()?.text(0, false)?;
        let mut crc = 0;
        loop {
            let part = text.fill_buf()?;
            if part.is_empty() {
                break;
            }
            crc = crc32c::crc32c_append(crc, part);
            let length = part.len();
            text.consume(length);
        }
        if crc != self.crc {
            let what = "what was written does not unpack to what it was made of";
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(packed)
    }
}

impl Packed {
    /// It, to be read.
    pub(super) fn source(&self) -> io::Result<Source> {
        Ok(Source::Packed(Gzip::open(self.temp.system().try_clone()?)?))
    }

    /// Gives it the name of a compressed file with that number.
    pub(super) fn persist(self, number: u32) -> io::Result<()> {
        self.temp.persist(&packed(&self.folder, number))?;
        self.disk.sync_folder(&self.folder)
    }
}

impl Write for Packing {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let length = self.packer.write(text)?;
        self.crc = crc32c::crc32c_append(self.crc, &text[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.packer.flush()
    }
}

/// Compresses one closed file of the journal, and removes the plain one.
///
/// # Errors
/// What the system says. There is still a whole file then.
pub(super) fn close(disk: &Disk, folder: &Path, number: u32) -> io::Result<()> {
    let plain = folder.join(name(number));
    let mut text = BufReader::with_capacity(1 << 18, File::open(&plain)?);
    let mut packing = Packing::begin(disk, folder)?;
    crate::crashpoint::hit("closed.before-write");
    io::copy(&mut text, &mut packing)?;
    let packed = packing.finish()?;
    crate::crashpoint::hit("closed.before-rename");
    packed.persist(number)?;
    crate::crashpoint::hit("closed.before-remove");
    disk.remove(&plain)?;
    crate::crashpoint::hit("closed.after-remove");
    Ok(())
}
