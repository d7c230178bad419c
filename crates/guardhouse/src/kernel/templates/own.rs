use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::TemplateError;

/// The operator's own files, read from the directory of `pages.templates`.
#[derive(Default)]
pub struct Own {
    /// Of its folder `pages`.
    pub pages: Files,
    /// Of its folder `letters`.
    pub letters: Files,
}

/// Files of one folder by name.
#[derive(Default)]
pub struct Files(BTreeMap<String, (PathBuf, String)>);

fn unreadable(path: &Path, error: &io::Error) -> TemplateError {
    TemplateError::new(path.display().to_string(), error.to_string())
}

impl Own {
    /// Reads all of them; there are none where no directory is set.
    ///
    /// # Errors
    /// [`TemplateError`] for what cannot be read, and for whatever does not belong there.
    pub fn read(directory: Option<&Path>) -> Result<Self, TemplateError> {
        let mut own = Self::default();
        let Some(directory) = directory else { return Ok(own) };
        for (name, path) in entries(directory)? {
            match name.as_str() {
                "pages" => own.pages = Files::read(&path)?,
                "letters" => own.letters = Files::read(&path)?,
                _ => {
                    let cause = "here belong the folders `pages` and `letters` alone";
                    return Err(TemplateError::new(path.display().to_string(), cause));
                }
            }
        }
        Ok(own)
    }
}

impl Files {
    fn read(folder: &Path) -> Result<Self, TemplateError> {
        let mut files = BTreeMap::new();
        for (name, path) in entries(folder)? {
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            files.insert(name, (path, text));
        }
        Ok(Self(files))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the file of this name out.
    pub fn take(&mut self, name: &str) -> Option<(PathBuf, String)> {
        self.0.remove(name)
    }

    /// Refuses what nobody took: it would never be shown.
    pub(super) fn refuse_the_rest(&self, known: &[String]) -> Result<(), TemplateError> {
        let Some((path, _)) = self.0.values().next() else { return Ok(()) };
        let cause = format!("no template is called so; there are {}", known.join(", "));
        Err(TemplateError::new(path.display().to_string(), cause))
    }
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, TemplateError> {
    let listed =
        fs::read_dir(folder).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    let mut paths: Vec<PathBuf> = listed.map_err(|error| unreadable(folder, &error))?;
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(paths.into_iter().map(|path| (name(&path), path)).collect())
}
