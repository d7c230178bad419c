//! Words and pure rules of Guardhouse: identifiers, time, secrets, token formats, password hash
//! formats, JOSE. Floor 0: no input or output, nothing asynchronous, no HTTP.

pub mod api_key;
pub mod email;
pub mod ids;
pub mod jose;
pub mod master_key;
pub mod opaque;
pub mod otp;
pub mod password;
pub mod permission;
pub mod principal;
pub mod scope;
pub mod secret;
pub mod time;
