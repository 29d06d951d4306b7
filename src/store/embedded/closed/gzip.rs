//! Text as a gzip file that can be read from anywhere: many members, each of which says how long it is.
//!
//! The format is BGZF, which has been around for long: each member holds a stretch of the text and states its own
//! compressed length in an extra field `BC` of its header, so that places are found by hopping over headers; the last
//! one is empty, so that a cut file shows. Any gzip reads it.

use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::sync::Arc;

use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};

use super::recent::Recent;

/// How much text is in one member. Less makes reading one place cheaper, more makes the file smaller.
const TEXT: usize = 32 << 10;

/// The most text of a member that is read: what its length has room for when nothing of it can be compressed.
const MOST: usize = 64 << 10;

/// The bytes of a member's header, in which only the two of its length differ.
const HEAD: [u8; 16] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, b'B', b'C', 2, 0];

/// Bytes in front of the compressed ones: the header, and the length of the member less one.
const FRONT: usize = HEAD.len() + 2;

/// Bytes behind them: CRC-32 and length of the text.
const BEHIND: usize = 8;

/// The last member: one without text.
const LAST: [u8; 28] =
    [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, b'B', b'C', 2, 0, 27, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// What stands for text that cannot be read, so that its line is none.
const LOST: u8 = 0;

fn damaged(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Compresses what is written to it.
#[derive(Debug)]
pub(super) struct Packer<W> {
    out: W,
    chunk: Vec<u8>,
}

impl<W: Write> Packer<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, chunk: Vec::with_capacity(TEXT) }
    }

    /// Writes the rest and the end.
    ///
    /// # Errors
    /// What writing ends with.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.pack()?;
        self.out.write_all(&LAST)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn pack(&mut self) -> io::Result<()> {
        if !self.chunk.is_empty() {
            self.out.write_all(&member(&self.chunk)?)?;
            self.chunk.clear();
        }
        Ok(())
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let part = &text[..text.len().min(TEXT - self.chunk.len())];
        self.chunk.extend_from_slice(part);
        if self.chunk.len() == TEXT {
            self.pack()?;
        }
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// One member with all of `text`.
fn member(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = deflate(text, Compression::default())?;
    if bytes.len() > MOST {
        // Only what is random grows, and then by little.
        bytes = deflate(text, Compression::none())?;
    }
    let length = u16::try_from(bytes.len() + BEHIND - 1).map_err(|error| damaged(error.to_string()))?;
    bytes[HEAD.len()..FRONT].copy_from_slice(&length.to_le_bytes());
    let mut crc = Crc::new();
    crc.update(text);
    bytes.extend_from_slice(&crc.sum().to_le_bytes());
    bytes.extend_from_slice(&crc.amount().to_le_bytes());
    Ok(bytes)
}

/// The front of a member, its length not set, and the compressed text.
fn deflate(text: &[u8], how: Compression) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(FRONT + text.len() + text.len() / 8 + 128);
    bytes.extend_from_slice(&HEAD);
    bytes.extend_from_slice(&[0; 2]);
    match Compress::new(how, false).compress_vec(text, &mut bytes, FlushCompress::Finish) {
        Ok(Status::StreamEnd) => Ok(bytes),
        other => Err(damaged(format!("it does not compress: {other:?}"))),
    }
}

/// Where a member stands.
#[derive(Clone, Copy, Debug)]
struct Member {
    /// Bytes of text before it.
    text: u64,
    /// Bytes of the file before it.
    at: u64,
    /// What is wrong with it: it is no member, or there is none.
    lost: Option<&'static str>,
}

/// A compressed text, open for reading.
#[derive(Debug)]
pub(in super::super) struct Gzip {
    file: File,
    members: Vec<Member>,
    /// How long the text is, and the members.
    text: u64,
    end: u64,
    /// Members that were unpacked lately, and the name of this file among them.
    recent: Arc<Recent>,
    name: u64,
}

impl Gzip {
    /// Reads where the members stand.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] when they do not follow one another to the end.
    pub(super) fn open(file: File) -> io::Result<Self> {
        let this = Self::whatever(file)?;
        match this.members.iter().find_map(|member| Some((member.at, member.lost?))) {
            Some((at, what)) => Err(damaged(format!("the compressed file is damaged at byte {at}: {what}"))),
            None => Ok(this),
        }
    }

    /// The same of a damaged file: where something is lost, the text has one NUL.
    ///
    /// # Errors
    /// What reading ends with.
    pub(super) fn whatever(file: File) -> io::Result<Self> {
        let end = file.metadata()?.len();
        let mut this = Self { file, members: Vec::new(), text: 0, end, recent: Arc::default(), name: 0 };
        let mut at = 0;
        let mut is_ended = false;
        while at < end {
            match this.hop(at)? {
                Some((next, length)) => {
                    is_ended = length == 0;
                    if length > 0 {
                        this.push(at, length, None);
                    }
                    at = next;
                }
                None => {
                    this.push(at, 1, Some("no member of it begins there"));
                    at = this.find(at + 1)?;
                    is_ended = false;
                }
            }
        }
        if !is_ended {
            this.push(end, 1, Some("its end is missing"));
        }
        Ok(this)
    }

    /// Keeps what is unpacked of it together with what is of others.
    pub(super) fn sharing(self, recent: &Arc<Recent>) -> Self {
        Self { name: recent.file(), recent: Arc::clone(recent), ..self }
    }

    fn push(&mut self, at: u64, length: u64, lost: Option<&'static str>) {
        self.members.push(Member { text: self.text, at, lost });
        self.text += length;
    }

    /// Where the member after the one at `at` begins, and how much text is in that one; `None` when there is no whole
    /// one.
    fn hop(&self, at: u64) -> io::Result<Option<(u64, u64)>> {
        let mut head = [0; FRONT];
        if at + (FRONT + BEHIND) as u64 > self.end {
            return Ok(None);
        }
        self.file.read_exact_at(&mut head, at)?;
        let Some(next) = length_of(&head).map(|length| at + length as u64).filter(|next| *next <= self.end)
        else {
            return Ok(None);
        };
        let mut tail = [0; 4];
        self.file.read_exact_at(&mut tail, next - 4)?;
        let length = u32::from_le_bytes(tail);
        if length == 0 {
            let mut last = [0; LAST.len()];
            let is_last = next - at == LAST.len() as u64 && next == self.end;
            return Ok(if is_last && self.file.read_exact_at(&mut last, at).is_ok() && last == LAST {
                Some((next, 0))
            } else {
                None
            });
        }
        Ok((length as usize <= MOST).then_some((next, length.into())))
    }

    /// Where the next member begins, from `at` on.
    fn find(&self, mut at: u64) -> io::Result<u64> {
        let mut window = vec![0; MOST];
        while at + (FRONT as u64) <= self.end {
            let room = usize::try_from(self.end - at).unwrap_or(MOST).min(MOST);
            self.file.read_exact_at(&mut window[..room], at)?;
            if let Some(found) = window[..room].windows(HEAD.len()).position(|bytes| bytes == HEAD) {
                return Ok(at + found as u64);
            }
            // A header may begin in this window and end in the next.
            at += (room + 1 - HEAD.len()) as u64;
        }
        Ok(self.end)
    }

    /// Whether the file has lost its name since.
    pub(super) fn is_gone(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
    }

    /// How long the text is.
    pub(super) fn length(&self) -> u64 {
        self.text
    }

    /// The text of a member.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] when it is not what was written.
    fn member(&self, number: usize) -> io::Result<Arc<Vec<u8>>> {
        let name = (self.name, number);
        if let Some(text) = self.recent.get(name) {
            return Ok(text);
        }
        let text = Arc::new(self.unpack(number)?);
        self.recent.keep(name, &text);
        Ok(text)
    }

    fn unpack(&self, number: usize) -> io::Result<Vec<u8>> {
        let member = self.members[number];
        let wrong =
            |what: &str| damaged(format!("the compressed file is damaged at byte {}: {what}", member.at));
        if let Some(what) = member.lost {
            return Err(wrong(what));
        }
        let mut head = [0; FRONT];
        self.file.read_exact_at(&mut head, member.at)?;
        let length = length_of(&head).ok_or_else(|| wrong("no member of it begins there"))?;
        let mut bytes = vec![0; length - FRONT];
        self.file.read_exact_at(&mut bytes, member.at + FRONT as u64)?;
        let (bytes, tail) = bytes.split_at(bytes.len() - BEHIND);
        let room = usize::try_from(self.room(number)).unwrap_or(MOST).min(MOST);
        let mut text = Vec::with_capacity(room + 1);
        let unpacked = Decompress::new(false).decompress_vec(bytes, &mut text, FlushDecompress::Finish);
        let mut crc = Crc::new();
        crc.update(&text);
        let sums = [crc.sum().to_le_bytes(), crc.amount().to_le_bytes()].concat();
        if !matches!(unpacked, Ok(Status::StreamEnd))
            || sums != tail
            || text.len() as u64 != self.room(number)
        {
            return Err(wrong("the checksum does not match"));
        }
        Ok(text)
    }

    /// How much text is in a member.
    fn room(&self, number: usize) -> u64 {
        let end = self.members.get(number + 1).map_or(self.text, |next| next.text);
        end - self.members[number].text
    }

    /// The member that a byte of the text is in.
    fn holder(&self, offset: u64) -> usize {
        self.members.partition_point(|member| member.text <= offset).saturating_sub(1)
    }

    /// A stretch of the text.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the text is shorter; [`io::ErrorKind::InvalidData`].
    pub(super) fn read_at(&self, mut offset: u64, mut len: usize) -> io::Result<Vec<u8>> {
        let end = offset.checked_add(len as u64).filter(|end| *end <= self.text);
        if end.is_none() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = Vec::with_capacity(len);
        let mut number = self.holder(offset);
        while len > 0 {
            let text = self.member(number)?;
            let from = usize::try_from(offset - self.members[number].text).unwrap_or(usize::MAX);
            let part = text.get(from..).unwrap_or_default();
            let part = &part[..part.len().min(len)];
            bytes.extend_from_slice(part);
            (offset, len, number) = (offset + part.len() as u64, len - part.len(), number + 1);
        }
        Ok(bytes)
    }
}

/// The length of a member, by its front.
fn length_of(front: &[u8; FRONT]) -> Option<usize> {
    let (head, length) = front.split_at(HEAD.len());
    let length = usize::from(u16::from_le_bytes(length.try_into().ok()?)) + 1;
    (head == HEAD && length >= FRONT + BEHIND).then_some(length)
}

/// The text from a place on.
pub(super) struct Reader {
    gzip: Gzip,
    /// The next member.
    next: usize,
    text: Arc<Vec<u8>>,
    at: usize,
    /// Damage is passed over.
    lossy: bool,
}

impl Reader {
    /// Reads from byte `offset` of the text on. With `lossy`, what cannot be read is as many NULs.
    pub(super) fn new(gzip: Gzip, offset: u64, lossy: bool) -> io::Result<Self> {
        let mut this = Self { gzip, next: 0, text: Arc::default(), at: 0, lossy };
        if offset < this.gzip.text {
            this.next = this.gzip.holder(offset);
            let from = this.gzip.members[this.next].text;
            this.fill_buf()?;
            this.at = usize::try_from(offset - from).unwrap_or(usize::MAX).min(this.text.len());
        } else {
            this.next = this.gzip.members.len();
        }
        Ok(this)
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.text.len() && self.next < self.gzip.members.len() {
            self.text = match self.gzip.unpack(self.next) {
                Ok(text) => Arc::new(text),
                Err(error) if self.lossy => {
                    tracing::warn!(%error, "passing over what cannot be unpacked");
                    Arc::new(vec![LOST; usize::try_from(self.gzip.room(self.next)).unwrap_or(1)])
                }
                Err(error) => return Err(error),
            };
            (self.next, self.at) = (self.next + 1, 0);
        }
        Ok(self.text.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = {
            let mut text = self.fill_buf()?;
            text.read(into)?
        };
        self.consume(count);
        Ok(count)
    }
}
