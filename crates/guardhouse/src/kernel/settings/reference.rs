//! The settings as pages: the reference of all keys, and what a running configuration is.

use std::fmt::Write as _;

use serde_json::Value;

use super::{SectionSpec, SettingDoc, Settings, kernel_sections, kinds::as_toml, section::AnySection};

const PREFACE: &str = "# Settings\n\n\
Settings come from the file given by `--config`, then from the environment over it. Lists are comma separated in the \
environment. A secret may be written `file:/path` or `env:NAME`. Unknown keys and unsafe combinations stop the start.\n\n\
Two variables are no settings: `GUARDHOUSE_CONFIG` names the file as `--config` does, and `GUARDHOUSE_TOKEN` is the access \
token that verbs with `--server` show.\n";

impl Settings {
    /// Every key with its kind, default, meaning and environment variable, in Markdown.
    pub fn reference(sections: &[SectionSpec]) -> String {
        let mut page = PREFACE.to_owned();
        let kernel = kernel_sections();
        let mut table = None;
        for spec in together(kernel.iter().chain(sections), |spec| spec.name) {
            if table.replace(spec.name) != Some(spec.name) {
                let name =
                    if spec.name.is_empty() { "Above all tables".to_owned() } else { format!("`{}`", spec.name) };
                _ = write!(page, "\n## {name}\n\n{}\n", joined(spec.about));
            }
            if spec.name.is_empty() {
                page.push_str(PROFILE);
            }
            for doc in (spec.docs)() {
                entry(&mut page, &doc);
            }
        }
        page
    }

    /// Every key's documentation.
    pub fn docs(sections: &[SectionSpec]) -> Vec<SettingDoc> {
        kernel_sections().iter().chain(sections).flat_map(|spec| (spec.docs)()).collect()
    }

    /// What holds now, as a file that could be given to `--config`; secrets are masked.
    pub fn to_toml(&self) -> String {
        let mut text = format!("profile = \"{}\"\n", self.profile);
        let mut table = String::new();
        for (key, value) in self.shown() {
            let (section, field) = key.rsplit_once('.').unwrap_or(("", &key));
            if section != table {
                _ = write!(text, "\n[{section}]\n");
                section.clone_into(&mut table);
            }
            match value {
                // An empty secret is written as this mark.
                Value::String(mark) if mark == "(none)" => _ = writeln!(text, "# {field} is not set"),
                Value::Null => _ = writeln!(text, "# {field} is not set"),
                value => _ = writeln!(text, "{field} = {}", as_toml(&value)),
            }
        }
        text
    }

    /// Each key with its value; secrets masked.
    pub fn shown(&self) -> Vec<(String, Value)> {
        let root = super::RootSettings { data_dir: self.data_dir.clone(), master_key: self.master_key.clone() };
        let kernel: [&dyn AnySection; 17] = [
            &root,
            &self.server,
            &self.database,
            &self.tokens,
            &self.sessions,
            &self.registration,
            &self.password,
            &self.lockout,
            &self.limits,
            &self.risk,
            &self.mail,
            &self.pages,
            &self.audit,
            &self.telemetry,
            &self.log,
            &self.outbound,
            &self.bus,
        ];
        let features = self.features.iter().map(|(_, section)| &**section);
        together(kernel.into_iter().chain(features), AnySection::name).into_iter().flat_map(AnySection::shown).collect()
    }
}

/// A table that a feature continues stands in one place.
fn together<T: Copy>(sections: impl IntoIterator<Item = T>, name: impl Fn(T) -> &'static str) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    for section in sections {
        let before = all.iter().rposition(|other| name(*other) == name(section));
        all.insert(before.map_or(all.len(), |at| at + 1), section);
    }
    all
}

const PROFILE: &str = "\n### `profile`\n\nWhich defaults hold: `development`, `production` or `hardened`. \
The verb `dev` is always `development`; `serve` is `production` unless another is set.\n\n\
- environment: `GUARDHOUSE_PROFILE`\n";

fn entry(page: &mut String, doc: &SettingDoc) {
    _ = write!(page, "\n### `{}`\n\n{}\n\n- kind: {}\n", doc.key, doc.about, doc.kind);
    for (at, (profile, text)) in doc.defaults.iter().enumerate() {
        let text = if text.is_empty() { "none".to_owned() } else { format!("`{text}`") };
        let from = if at == 0 { String::new() } else { format!(" from `{profile}` on") };
        _ = writeln!(page, "- default{from}: {text}");
    }
    _ = writeln!(page, "- environment: `{}`", doc.environment());
}

fn joined(about: &str) -> String {
    about.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}
