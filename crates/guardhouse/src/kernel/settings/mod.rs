//! Settings: a TOML file, the environment over it, the command line over both (M-38).
//!
//! Every key has a type, a default and a sentence, written once at its field (see
//! [`settings!`](crate::settings)); the reference and the checks come from there. Unknown keys and
//! unsafe combinations stop the start, each with its place and what mends it, all at once.

mod checks;
mod development;
mod kinds;
mod limit;
mod mfa;
mod problems;
mod profile;
mod reference;
mod section;
mod sections;
mod source;
#[cfg(test)]
mod tests;
mod values;

use std::{
    any::TypeId,
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
};

use guardhouse_core::secret::SecretText;
use section::AnySection;

pub use development::ensure_development_key;
pub use limit::{Limit, NotALimit, Rate};
pub use mfa::{MfaMethod, MfaPolicy, MfaSettings};
pub use problems::{Origin, Problem, SettingsError};
pub use profile::Profile;
pub use section::{Section, SectionCheck, SectionSpec, SettingDoc};
pub use sections::{
    AuditSettings, BusSettings, DatabaseSettings, LimitSettings, LockoutSettings, LogFormat, LogSettings, MailSettings,
    OutboundSettings, PagesSettings, PasswordAlgorithm, PasswordSettings, RegistrationSettings, RiskSettings,
    RootSettings, ServerSettings, SessionSettings, TelemetrySettings, TlsSettings, TokenSettings, VerifyEmail,
};
pub use source::Source;
pub use values::{Values, describe, show};

/// Everything that can be set. The fields are the kernel's sections; [`Settings::of`] gives a feature's.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The set of defaults that holds.
    pub profile: Profile,
    /// Directory of what the server keeps beside the database.
    pub data_dir: PathBuf,
    /// Master keys in base64 or hexadecimal, the current one first.
    pub master_key: Vec<SecretText>,
    /// `server`.
    pub server: ServerSettings,
    /// `database`.
    pub database: DatabaseSettings,
    /// `tokens`.
    pub tokens: TokenSettings,
    /// `sessions`.
    pub sessions: SessionSettings,
    /// `registration`.
    pub registration: RegistrationSettings,
    /// `password`, as far as it says how passwords are hashed.
    pub password: PasswordSettings,
    /// `mfa`.
    pub mfa: MfaSettings,
    /// `lockout`.
    pub lockout: LockoutSettings,
    /// `limits`.
    pub limits: LimitSettings,
    /// `risk`.
    pub risk: RiskSettings,
    /// `mail`.
    pub mail: MailSettings,
    /// `pages`.
    pub pages: PagesSettings,
    /// `audit`.
    pub audit: AuditSettings,
    /// `telemetry`.
    pub telemetry: TelemetrySettings,
    /// `log`.
    pub log: LogSettings,
    /// `outbound`.
    pub outbound: OutboundSettings,
    /// `bus`.
    pub bus: BusSettings,
    /// The features' sections in the order of the features.
    features: Vec<(SectionSpec, Arc<dyn AnySection>)>,
    by_type: HashMap<TypeId, usize>,
    /// Where each key was given, for messages.
    origins: BTreeMap<String, Origin>,
}

impl Settings {
    /// Reads `source` over the defaults of its profile. `sections` are the features' own.
    ///
    /// # Errors
    /// Every mistake at once: what is no TOML, unknown keys, values of the wrong kind, files that
    /// can't be read. Unsafe combinations are found by [`Settings::check`].
    pub fn load(source: &Source, sections: &[SectionSpec]) -> Result<Self, SettingsError> {
        let mut values = Values::new(source).map_err(|problem| SettingsError { problems: vec![problem] })?;
        // Defaults hang on the profile, so it comes before all others.
        let profile = values.take("", "profile", "Profile", source.profile.unwrap_or_default());
        values.set_profile(profile);
        let mut settings = Self::read(&mut values, sections);
        values.refuse_the_rest();
        SettingsError::unless_empty(values.problems)?;
        settings.origins = values.origins;
        settings.derive();
        Ok(settings)
    }

    fn read(values: &mut Values, sections: &[SectionSpec]) -> Self {
        let RootSettings { data_dir, master_key } = RootSettings::read(values);
        let features: Vec<_> = sections.iter().map(|spec| (*spec, (spec.read)(values))).collect();
        let by_type = features.iter().enumerate().map(|(at, (_, section))| (section.as_any().type_id(), at)).collect();
        Self {
            profile: values.profile(),
            data_dir,
            master_key,
            server: ServerSettings::read(values),
            database: DatabaseSettings::read(values),
            tokens: TokenSettings::read(values),
            sessions: SessionSettings::read(values),
            registration: RegistrationSettings::read(values),
            password: PasswordSettings::read(values),
            mfa: MfaSettings::read(values),
            lockout: LockoutSettings::read(values),
            limits: LimitSettings::read(values),
            risk: RiskSettings::read(values),
            mail: MailSettings::read(values),
            pages: PagesSettings::read(values),
            audit: AuditSettings::read(values),
            telemetry: TelemetrySettings::read(values),
            log: LogSettings::read(values),
            outbound: OutboundSettings::read(values),
            bus: BusSettings::read(values),
            features,
            by_type,
            origins: BTreeMap::new(),
        }
    }

    /// Defaults that follow from other settings.
    fn derive(&mut self) {
        let trimmed = self.server.public_url.trim_end_matches('/').len();
        self.server.public_url.truncate(trimmed);
        if self.database.url.is_empty() {
            let file = self.data_dir.join("guardhouse.db");
            self.database.url = SecretText::new(format!("sqlite:{}", file.display()));
        }
    }

    /// A feature's own section.
    ///
    /// # Panics
    /// When the section was not among those loaded: a feature that reads a section must list it.
    #[expect(
        clippy::panic,
        reason = "a section that is read and not listed is a mistake in the program, found by its first test"
    )]
    pub fn of<T: Section>(&self) -> &T {
        match self.find() {
            Some(section) => section,
            None => panic!("the section `{}` is not listed by a feature", T::NAME),
        }
    }

    /// A feature's own section, where it was loaded.
    pub fn find<T: Section>(&self) -> Option<&T> {
        let at = self.by_type.get(&TypeId::of::<T>())?;
        self.features.get(*at).and_then(|(_, section)| section.as_any().downcast_ref())
    }

    /// Puts a feature's section in place of the loaded one: for embedders and tests.
    pub fn set<T: Section>(&mut self, section: T) {
        let section: Arc<dyn AnySection> = Arc::new(section);
        let known = self.by_type.get(&TypeId::of::<T>()).and_then(|at| self.features.get_mut(*at));
        if let Some(slot) = known {
            slot.1 = section;
        } else {
            self.by_type.insert(TypeId::of::<T>(), self.features.len());
            self.features.push((SectionSpec::of::<T>(), section));
        }
    }

    /// Changes a feature's section: for embedders and tests.
    pub fn change<T: Section>(&mut self, change: impl FnOnce(&mut T)) {
        let mut section = self.of::<T>().clone();
        change(&mut section);
        self.set(section);
    }

    /// The claim `iss` of tokens.
    pub fn issuer(&self) -> &str {
        self.tokens.issuer.as_deref().unwrap_or(&self.server.public_url)
    }

    /// The claim `aud` of tokens; never empty.
    pub fn audience(&self) -> Vec<String> {
        if self.tokens.audience.is_empty() { vec![self.issuer().to_owned()] } else { self.tokens.audience.clone() }
    }

    /// Where a key was given; none for a default.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.origins.get(key)
    }
}

/// The kernel's sections in the order of the reference.
fn kernel_sections() -> [SectionSpec; 18] {
    [
        SectionSpec::of::<RootSettings>(),
        SectionSpec::of::<ServerSettings>(),
        SectionSpec::of::<DatabaseSettings>(),
        SectionSpec::of::<TokenSettings>(),
        SectionSpec::of::<SessionSettings>(),
        SectionSpec::of::<RegistrationSettings>(),
        SectionSpec::of::<PasswordSettings>(),
        SectionSpec::of::<MfaSettings>(),
        SectionSpec::of::<LockoutSettings>(),
        SectionSpec::of::<LimitSettings>(),
        SectionSpec::of::<RiskSettings>(),
        SectionSpec::of::<MailSettings>(),
        SectionSpec::of::<PagesSettings>(),
        SectionSpec::of::<AuditSettings>(),
        SectionSpec::of::<TelemetrySettings>(),
        SectionSpec::of::<LogSettings>(),
        SectionSpec::of::<OutboundSettings>(),
        SectionSpec::of::<BusSettings>(),
    ]
}
