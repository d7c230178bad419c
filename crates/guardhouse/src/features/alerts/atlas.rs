//! Where network addresses are: a file of the `MaxMind` DB format that the operator gives, of cities or of countries.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use maxminddb::{MaxMindDbError, Reader, geoip2::City};
use serde::{Deserialize, Serialize};

use super::AlertSettings;
use crate::kernel::{
    opened::{OpenError, Opened},
    outbound::Outbound,
    settings::Settings,
};

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum AtlasError {
    #[error("alerts.places: {file}: {cause}", file = .0.display(), cause = .1)]
    Unreadable(PathBuf, MaxMindDbError),
    #[error("alerts.places: {file} is a database of {kind}; give one of cities or countries", file = .0.display(), kind = .1)]
    OtherKind(PathBuf, String),
}

/// A point on the earth, in degrees, and how many kilometres it may be off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    pub latitude: f64,
    pub longitude: f64,
    pub radius: u16,
}

/// Where an address is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spot {
    /// ISO 3166-1, such as `DE`.
    pub country: String,
    /// `Berlin, Germany`, or the country alone.
    pub name: String,
    /// Unknown where the file is one of countries.
    pub position: Option<Position>,
}

/// See the module.
pub(super) struct Atlas(Option<Reader<Vec<u8>>>);

/// Reads the file before the start.
pub(super) fn open(settings: &Settings, _: &Outbound, opened: &mut Opened) -> Result<(), OpenError> {
    let file = settings.of::<AlertSettings>().places.as_deref();
    opened.add(Atlas(file.map(read).transpose()?));
    Ok(())
}

fn read(file: &Path) -> Result<Reader<Vec<u8>>, AtlasError> {
    let reader = Reader::open_readfile(file).map_err(|error| AtlasError::Unreadable(file.to_owned(), error))?;
    let kind = &reader.metadata().database_type;
    if !["City", "Country", "Enterprise", "Location"].iter().any(|fit| kind.contains(fit)) {
        return Err(AtlasError::OtherKind(file.to_owned(), kind.clone()));
    }
    Ok(reader)
}

fn finite(degrees: Option<f64>) -> Option<f64> {
    degrees.filter(|degrees| degrees.is_finite())
}

impl Atlas {
    /// Where an address is; nothing where nobody knows, or the file is damaged there.
    pub fn spot(&self, ip: IpAddr) -> Option<Spot> {
        let found: City<'_> = self.0.as_ref()?.lookup(ip).ok()?.decode().ok()??;
        let country = found.country.iso_code?;
        let called = found.country.names.english.unwrap_or(country);
        let location = &found.location;
        Some(Spot {
            country: country.to_owned(),
            name: found.city.names.english.map_or_else(|| called.to_owned(), |city| format!("{city}, {called}")),
            position: finite(location.latitude).zip(finite(location.longitude)).map(|(latitude, longitude)| Position {
                latitude,
                longitude,
                radius: location.accuracy_radius.unwrap_or(0),
            }),
        })
    }
}
