//! Files with keys: their owner's alone, made once and whole.
//!
//! May import: nothing of this crate.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

/// No file of keys is larger, in bytes.
const LARGEST_FILE: u64 = 16 * 1024;

/// Why a file of keys cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileFault {
    /// There is no file.
    #[error("there is no such file")]
    Missing,
    /// What the operating system says to reading.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    /// Others than the owner have access; the file's permission bits.
    #[error("others than its owner have access to it (mode {0:04o}): chmod 600")]
    TooOpen(u32),
    /// It is a directory, a socket or the like.
    #[error("this is no file")]
    NotAFile,
    /// It is larger than any file of keys.
    #[error("the file is too large for a key")]
    TooLarge,
    /// What the operating system says to writing.
    #[error("it cannot be written: {0}")]
    NotMade(io::Error),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomBytes,
}

/// The content of the file at `path`, once it is certain that it is a file and its owner's alone.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileFault> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FileFault::Missing,
        _ => FileFault::Unreadable(error),
    })?;
    // Asked of the open file, so that it cannot be exchanged between the question and the reading.
    let metadata = file.metadata().map_err(FileFault::Unreadable)?;
    if !metadata.is_file() {
        return Err(FileFault::NotAFile);
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(FileFault::TooOpen(mode));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(FileFault::TooLarge);
    }
    // With room for all of it from the start: growing would leave copies of the key behind.
    let capacity = usize::try_from(LARGEST_FILE).unwrap_or_default();
    let mut content = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(LARGEST_FILE).read_to_end(&mut content).map_err(FileFault::Unreadable)?;
    Ok(content)
}

/// Puts `content` at `path` unless another process has put its own there meanwhile: that one stays. A half-written file
/// is never seen.
pub(super) fn write_once(path: &Path, content: &[u8]) -> Result<(), FileFault> {
    let mut label = [0_u8; 8];
    getrandom::fill(&mut label).map_err(|_| FileFault::NoRandomBytes)?;
    link_once(path, u64::from_ne_bytes(label), content).map_err(FileFault::NotMade)
}

/// Puts `content` in the place of what stands at `path`: whoever reads sees the one or the other, whole. The owner stays
/// the same, also where root writes.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), FileFault> {
    let mut label = [0_u8; 8];
    getrandom::fill(&mut label).map_err(|_| FileFault::NoRandomBytes)?;
    rename_over(path, u64::from_ne_bytes(label), content).map_err(FileFault::NotMade)
}

fn rename_over(path: &Path, label: u64, content: &[u8]) -> io::Result<()> {
    // Where the path is a link, what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = directory_of(&path);
    let (temporary, file) = temporary_file(directory, label, content)?;
    if let Ok(former) = fs::metadata(&path) {
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (former.uid(), former.gid()) {
            fchown(&file, Some(former.uid()), Some(former.gid()))?;
        }
    }
    fs::rename(&temporary.0, &path)?;
    File::open(directory)?.sync_all()
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A durable file with `content` in `directory`, its owner's alone.
fn temporary_file(directory: &Path, label: u64, content: &[u8]) -> io::Result<(Temporary, File)> {
    let temporary = Temporary(directory.join(format!(".key-{label:016x}.new")));
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary.0)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok((temporary, file))
}

/// Writes `content` to a temporary file beside `path` and links it to `path`. A link, unlike a renaming, fails when
/// `path` exists.
fn link_once(path: &Path, label: u64, content: &[u8]) -> io::Result<()> {
    let directory = directory_of(path);
    let (temporary, _) = temporary_file(directory, label, content)?;
    match fs::hard_link(&temporary.0, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => drop(temporary),
    }
    File::open(directory)?.sync_all()
}

/// A file that goes away with this value.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Nothing can be done about a failure, and nothing depends on it: the file is its owner's alone.
        let _ = fs::remove_file(&self.0);
    }
}
