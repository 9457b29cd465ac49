//! Whoever means harm, or sends nonsense: floods, slow clients, too much, and what no parser expects.

mod contract;
mod crowd;
mod floods;
mod measure;
mod paces;
mod parsers;
mod slow;
pub mod tls;
