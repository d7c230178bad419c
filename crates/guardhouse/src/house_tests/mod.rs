//! What holds for the whole house, whatever feature is added.

mod canaries;
mod codes;
mod denials;
mod dialects;
mod door;
mod floors;
mod full;
mod kept_out;
mod links;
mod mounted;
mod names;
mod outage;
mod paths;
mod routes;
mod seams;
mod source;
mod speed;
mod statements;
mod stores;
mod sweep;
mod texts;
