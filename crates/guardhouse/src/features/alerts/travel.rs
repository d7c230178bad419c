//! How fast somebody would have travelled between two sign-ins.

use guardhouse_core::time::Span;

use super::atlas::Position;

/// The mean radius of the earth.
const EARTH_KM: f64 = 6371.0;
/// Addresses of one network are at home in another city often enough: less than this is no journey.
const LEAST_KM: f64 = 500.0;

/// Kilometres between two points on a sphere (the haversine formula).
fn apart(from: Position, to: Position) -> f64 {
    let [one, other] = [from, to].map(|point| point.latitude.to_radians());
    let half = |one: f64, other: f64| ((other - one) / 2.0).sin().powi(2);
    let east = half(from.longitude.to_radians(), to.longitude.to_radians());
    let chord = half(one, other) + one.cos() * other.cos() * east;
    2.0 * EARTH_KM * chord.clamp(0.0, 1.0).sqrt().asin()
}

/// The kilometres of a journey that takes more than `most` km/h, given what both points may be off.
pub(super) fn too_far(from: Position, to: Position, time: Span, most: u32) -> Option<u32> {
    let kilometres = apart(from, to) - f64::from(from.radius) - f64::from(to.radius);
    #[expect(clippy::cast_precision_loss, reason = "microseconds of years are exact enough")]
    let hours = time.0.max(0) as f64 / 3.6e9;
    let far = most > 0 && kilometres >= LEAST_KM && kilometres > hours * f64::from(most);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most half the earth's girth")]
    far.then_some(kilometres as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64, radius: u16) -> Position {
        Position { latitude, longitude, radius }
    }

    #[test]
    fn distances_are_those_of_maps() {
        let (berlin, tokyo, sydney) = (at(52.52, 13.405, 0), at(35.6895, 139.6917, 0), at(-33.8688, 151.2093, 0));
        assert!((apart(berlin, tokyo) - 8918.0).abs() < 20.0, "{}", apart(berlin, tokyo));
        assert!((apart(tokyo, sydney) - 7823.0).abs() < 20.0, "{}", apart(tokyo, sydney));
        assert!(apart(berlin, berlin) < 1e-6);
        // Across the date line, and half around.
        assert!((apart(at(0.0, 179.5, 0), at(0.0, -179.5, 0)) - 111.2).abs() < 1.0);
        assert!((apart(at(0.0, 0.0, 0), at(0.0, 180.0, 0)) - 20015.0).abs() < 2.0);
    }

    #[test]
    fn only_what_nobody_travels_is_too_far_m64() {
        let (berlin, hamburg, tokyo) = (at(52.52, 13.405, 20), at(53.5511, 9.9937, 20), at(35.6895, 139.6917, 20));
        assert_eq!(too_far(berlin, tokyo, Span::hours(1), 1000), Some(8876));
        assert_eq!(too_far(berlin, tokyo, Span::hours(9), 1000), None, "a flight");
        assert_eq!(too_far(berlin, hamburg, Span::seconds(1), 1000), None, "the next city");
        assert_eq!(too_far(berlin, tokyo, Span::hours(1), 0), None, "switched off");
        // A clock that went back is no reason to divide by nothing.
        assert!(too_far(berlin, tokyo, Span(-5), 1000).is_some());
        assert_eq!(
            too_far(at(52.0, 13.0, 5000), at(35.0, 139.0, 5000), Span::hours(1), 1000),
            None,
            "nobody knows where"
        );
    }
}
