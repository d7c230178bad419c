//! Settings from the file, the environment and the options of a verb.

use std::path::PathBuf;

use clap::Args;
use guardhouse::{
    assembly,
    kernel::settings::{Profile, Settings, Source, ensure_development_key},
};

use crate::failure::Failure;

/// Where settings are read from; options of every verb.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConfigOptions {
    /// Settings file (TOML); the environment lies over it: GUARDHOUSE_<SECTION>__<KEY>
    #[arg(long, global = true, value_name = "FILE", env = "GUARDHOUSE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Work beside `guardhouse dev`: its profile, and its data in ./.guardhouse/dev
    #[arg(long, global = true)]
    pub(crate) dev: bool,
}

/// Where `guardhouse dev` keeps its data unless told otherwise.
pub(crate) const DEV_DIR: &str = "./.guardhouse/dev";

/// Settings about to be loaded.
pub(crate) struct Configuration {
    source: Source,
}

impl Configuration {
    /// Reads the file; `profile` is the verb's.
    pub(crate) fn read(options: &ConfigOptions, profile: Profile) -> Result<Self, Failure> {
        let toml = match &options.config {
            None => None,
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    Failure::new(format!("can't read the settings file {}: {error}", path.display()))
                        .mend("give the path of a TOML file to --config; `guardhouse config reference` lists what may stand in it")
                })?;
                Some((path.display().to_string(), text))
            }
        };
        // Names and values that are no UTF-8 can't be settings.
        let env =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Ok(Self { source: Source { toml, env: env.collect(), profile: Some(profile), overrides: Vec::new() } })
    }

    /// Reads the file for `guardhouse dev` and for verbs beside it.
    pub(crate) fn of_dev(options: &ConfigOptions) -> Result<Self, Failure> {
        let mut configuration = Self::read(options, Profile::Development)?;
        configuration.set("profile", &Profile::Development);
        configuration.set_default("data_dir", &DEV_DIR)?;
        Ok(configuration)
    }

    /// Sets a key over file and environment.
    pub(crate) fn set(&mut self, key: &str, value: &impl ToString) {
        self.source.overrides.push((key.to_owned(), value.to_string()));
    }

    /// Sets a key where neither file nor environment does.
    pub(crate) fn set_default(&mut self, key: &str, value: &impl ToString) -> Result<(), Failure> {
        if self.load()?.origin(key).is_none() {
            self.set(key, value);
        }
        Ok(())
    }

    /// The settings, not checked for unsafe combinations.
    pub(crate) fn load(&self) -> Result<Settings, Failure> {
        Ok(Settings::load(&self.source, &assembly::sections())?)
    }

    /// The settings with their master key; in development one is made where there is none.
    pub(crate) fn load_with_key(&self) -> Result<Settings, Failure> {
        let mut settings = self.load()?;
        if settings.profile.is_development() && settings.master_key.is_empty() {
            let key = ensure_development_key(&settings.data_dir).map_err(|error| {
                Failure::new(format!("can't keep a master key in {}: {error}", settings.data_dir.display()))
                    .mend("make the directory writable, or set data_dir to another")
            })?;
            settings.master_key.push(key);
        }
        Ok(settings)
    }
}
