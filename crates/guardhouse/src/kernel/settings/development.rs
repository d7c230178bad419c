//! The master key of a developer's machine, made at the first start.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use data_encoding::BASE64;
use guardhouse_core::secret::{SecretText, random};
use zeroize::Zeroizing;

const FILE: &str = "master.key";

/// The key kept in `data_dir`, made there if there is none; the file is readable by its owner alone.
///
/// Only for the profile `development`: a key that lies beside the database seals nothing against
/// who takes both.
pub fn ensure_development_key(data_dir: &Path) -> io::Result<SecretText> {
    let path = data_dir.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(SecretText::new(text.trim())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    fs::create_dir_all(data_dir)?;
    let key = Zeroizing::new(random::<32>());
    let text = Zeroizing::new(BASE64.encode(key.as_slice()));
    match write_new(&path, &text) {
        // Another process was faster; its key is the one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(SecretText::new(fs::read_to_string(&path)?.trim()))
        }
        written => written.map(|()| SecretText::new(text.as_str())),
    }
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
