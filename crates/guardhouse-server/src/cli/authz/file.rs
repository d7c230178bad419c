//! Files of test cases, in JSON or TOML.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::Value;

use crate::{data::Trial, failure::Failure};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    policies: Vec<Policy>,
    #[serde(default)]
    alone: bool,
    cases: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    name: String,
    source: Option<String>,
    /// Beside the test file.
    file: Option<String>,
}

/// Reads a file and the policies that it names.
pub(super) fn read(path: &Path) -> Result<Trial, Failure> {
    let text = text(path)?;
    let wrong = |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", path.display()));
    let is_toml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    let written: Written = if is_toml {
        toml::from_str(&text).map_err(|error| wrong(&error))?
    } else {
        serde_json::from_str(&text).map_err(|error| wrong(&error))?
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let policies = written.policies.into_iter().map(|policy| source(folder, policy)).collect::<Result<_, _>>()?;
    Ok(Trial { policies, alone: written.alone, cases: written.cases })
}

fn source(folder: &Path, policy: Policy) -> Result<(String, String), Failure> {
    let source = match (policy.source, policy.file) {
        (Some(source), None) => source,
        (None, Some(file)) => text(&folder.join(file))?,
        _ => {
            return Err(Failure::new(format!("the policy {} needs a `source` or a `file`, and not both", policy.name)));
        }
    };
    Ok((policy.name, source))
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::new(format!("can't read {}: {error}", path.display())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn policies_stand_in_the_file_or_beside_it() {
        let folder = std::env::temp_dir().join(format!("guardhouse-authz-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("all.cedar"), "permit (principal, action, resource);").unwrap();
        let toml = folder.join("tests.toml");
        let case = "[[cases]]\nsubject = { type = \"robot\", id = \"r2\" }\nexpect = true\n";
        fs::write(&toml, format!("alone = true\npolicies = [{{ name = \"all\", file = \"all.cedar\" }}]\n{case}"))
            .unwrap();
        let trial = read(&toml).unwrap();
        assert!(trial.alone && trial.policies[0].1.starts_with("permit"));
        assert_eq!(trial.cases[0]["subject"]["id"], "r2");
        let json = folder.join("tests.json");
        fs::write(&json, r#"{"policies": [{"name": "both", "source": "", "file": "x"}], "cases": []}"#).unwrap();
        assert!(read(&json).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
